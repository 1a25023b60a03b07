package record_test

import (
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func TestCycloneDX(t *testing.T) {
	t.Parallel()
	var b cdx.BOM
	if err := cdx.NewBOMDecoder(strings.NewReader(write(t, "cyclonedx", sample())), cdx.BOMFileFormatJSON).Decode(&b); err != nil {
		t.Fatal(err)
	}
	if b.SpecVersion != cdx.SpecVersion1_6 || b.SerialNumber != "" || b.Metadata.Timestamp != "" {
		t.Errorf("version %s, serial number %q, time %q", b.SpecVersion, b.SerialNumber, b.Metadata.Timestamp)
	}
	var modules, services, data []string
	for _, c := range *b.Components {
		licence := ""
		if c.Licenses != nil {
			licence = (*c.Licenses)[0].Expression
			if one := (*c.Licenses)[0].License; one != nil {
				licence = one.ID
			}
		}
		modules = append(modules, c.PackageURL+" "+licence)
	}
	for _, s := range *b.Services {
		services = append(services, s.Name)
		if s.CrossesTrustBoundary == nil || !*s.CrossesTrustBoundary {
			t.Errorf("%s crosses no boundary of trust", s.Name)
		}
	}
	own := (*b.Services)[0]
	for _, d := range *own.Data {
		data = append(data, string(d.Flow)+" "+d.Classification+" "+d.Name)
	}
	dependencies := make(map[string][]string)
	for _, d := range *b.Dependencies {
		dependencies[d.Ref] = *d.Dependencies
	}
	for _, check := range []struct {
		what      string
		got, want []string
	}{
		{"modules", modules, []string{
			"pkg:golang/github.com/labstack/echo/v4@v4.16.0 MIT", "pkg:golang/github.com/mixed/case@v2.0.0%2Bincompatible Apache-2.0 AND MIT",
			"pkg:golang/github.com/fork/nats.go@v1.55.1 ", "pkg:npm/chairs-dist@1.2.3 MIT",
		}},
		{"services", services, []string{"booking", "postgresql", "nats", "oidc"}},
		{"endpoints", *own.Endpoints, []string{"/v1/rooms/%7BroomId%7D/bookings", "/v1/rooms", "/rooms/%7BroomId%7D/bookings"}},
		{"data", data, []string{
			"bi-directional personal data bookings.guest_id", "outbound personal data room.booked data.guestId", "bi-directional personal data command guestId",
			"inbound personal data key guestId",
			"outbound personal data reply guestId", "bi-directional personal data both guestId", "unknown personal data lost guestId", "outbound personal data guestId",
		}},
		{"dependencies of the program", dependencies["program:booking"], []string{
			"pkg:golang/github.com/labstack/echo/v4@v4.16.0", "pkg:golang/github.com/fork/nats.go@v1.55.1", "pkg:npm/chairs-dist@1.2.3",
		}},
		{"dependencies of the service", dependencies["service:booking"], []string{
			"program:booking", "service:postgresql", "service:nats", "service:oidc",
		}},
	} {
		if !slices.Equal(check.got, check.want) {
			t.Errorf("%s are\n%q, want\n%q", check.what, check.got, check.want)
		}
	}
}
