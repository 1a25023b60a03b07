package record_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/roster/record"
)

// A catalogEntity is what a test reads of an entity.
type catalogEntity struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
		Tags   []string
	}
	Spec map[string]any
}

func readCatalog(t *testing.T, text string) (entities []catalogEntity) {
	t.Helper()
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var e catalogEntity
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return entities
		} else if err != nil {
			t.Fatal(err)
		}
		entities = append(entities, e)
	}
}

// references are the fields of a spec that name other entities, with the kind that Backstage assumes.
var references = map[string]string{
	"owner": "group", "domain": "domain", "system": "system", "dependsOn": "component", "providesApis": "api", "consumesApis": "api",
}

var (
	entityName  = regexp.MustCompile(`^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$`)
	entityTag   = regexp.MustCompile(`^[a-z0-9+#]+(-[a-z0-9+#]+)*$`)
	entityLabel = regexp.MustCompile(`^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$`)
)

// faults returns what Backstage would refuse or leave dangling.
func faults(entities []catalogEntity) (found []string) {
	known := make(map[string]bool)
	for _, e := range entities {
		ref := strings.ToLower(e.Kind + ":" + e.Metadata.Name) // Backstage ignores case
		if known[ref] {
			found = append(found, ref+" is there twice")
		}
		known[ref] = true
		if !entityName.MatchString(e.Metadata.Name) || len(e.Metadata.Name) > 63 {
			found = append(found, fmt.Sprintf("%q is no name", e.Metadata.Name))
		}
		for _, tag := range e.Metadata.Tags {
			if !entityTag.MatchString(tag) || len(tag) > 63 {
				found = append(found, fmt.Sprintf("%q is no tag", tag))
			}
		}
		for _, value := range e.Metadata.Labels {
			if !entityLabel.MatchString(value) || len(value) > 63 {
				found = append(found, fmt.Sprintf("%q is no value of a label", value))
			}
		}
	}
	for _, e := range entities {
		for field, kind := range references {
			values, _ := e.Spec[field].([]any)
			if one, ok := e.Spec[field].(string); ok {
				values = []any{one}
			}
			for _, value := range values {
				ref := value.(string)
				if !strings.Contains(ref, ":") {
					ref = kind + ":" + ref
				}
				if !known[strings.ToLower(ref)] {
					found = append(found, fmt.Sprintf("%s %s: %s: there is no %s", e.Kind, e.Metadata.Name, field, ref))
				}
			}
		}
	}
	return found
}

func TestBackstage(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Service.Capabilities = append(r.Service.Capabilities, "Räume & "+strings.Repeat("x", 100))
	r.Uses = append(r.Uses, record.Use{Name: "dns resolver", Kind: "name-server", Protocol: "DNS", External: true}, record.Use{Name: "embedded", Kind: "broker"})
	entities := readCatalog(t, write(t, "backstage", r))
	for _, fault := range faults(entities) {
		t.Error(fault)
	}
	of := func(kind string) (names []string) {
		for _, e := range entities {
			if e.Kind == kind {
				names = append(names, e.Metadata.Name)
			}
		}
		return names
	}
	for kind, want := range map[string][]string{
		"Domain": {"facilities"}, "System": {"booking"}, "Component": {"booking"}, "Group": {"room-team", "outside"},
		"API":      {"booking-http-v1", "booking-http-old", "booking-queue", "booking-events", "booking-command-line", "oidc", "dns-resolver"},
		"Resource": {"booking-postgresql", "booking-nats", "booking-BOOKING", "booking-BOOKING-QUEUE", "booking-KEYS", "booking-BOOKING-REPLIES"},
	} {
		if got := of(kind); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", kind, got, want)
		}
	}
}

func TestBackstageFaultsAreFound(t *testing.T) {
	t.Parallel()
	text := write(t, "backstage", sample())
	for _, lie := range []struct{ old, new, want string }{
		{"system: booking\n", "system: nowhere\n", "there is no system:nowhere"},
		{"resource:booking-nats", "resource:booking-rabbit", "there is no resource:booking-rabbit"},
		{"- booking-queue\n", "- queue\n", "there is no api:queue"},
		{"owner: group:outside", "owner: group:inside", "there is no group:inside"},
		{"name: oidc", "name: the provider", `"the provider" is no name`},
		{"name: booking-nats", "name: booking-postgresql", "resource:booking-postgresql is there twice"},
		{"reference: SVC-7", "reference: number 7", `"number 7" is no value of a label`},
		{"- room-booking", "- Room", `"Room" is no tag`},
	} {
		if !strings.Contains(text, lie.old) {
			t.Errorf("no %q to replace", lie.old)
		}
		report := faults(readCatalog(t, strings.Replace(text, lie.old, lie.new, 1)))
		if !slices.ContainsFunc(report, func(line string) bool { return strings.Contains(line, lie.want) }) {
			t.Errorf("%s: reported %q, want %q", lie.new, report, lie.want)
		}
	}
}

func TestBackstageLifecycle(t *testing.T) {
	t.Parallel()
	for _, state := range record.States {
		r := sample()
		r.Service.Status = state
		want := map[string]string{"live": "production", "deprecated": "deprecated", "decommissioned": "deprecated"}[state]
		if want == "" {
			want = "experimental"
		}
		for _, e := range readCatalog(t, write(t, "backstage", r)) {
			if e.Kind == "Component" && e.Spec["lifecycle"] != want {
				t.Errorf("%s is %v, want %s", state, e.Spec["lifecycle"], want)
			}
			if e.Metadata.Name == "booking-http-old" && e.Spec["lifecycle"] != "deprecated" {
				t.Errorf("an API that is deprecated has the lifecycle %v", e.Spec["lifecycle"])
			}
		}
	}
}
