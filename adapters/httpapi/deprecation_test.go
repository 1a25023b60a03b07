package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/ports"
)

const unversioned = "/courses/go-101/enrollments"

func TestUnversionedPathIsV1UntilItsSunset(t *testing.T) {
	t.Parallel()
	for _, path := range []string{unversioned, "/v1" + unversioned} { // both share idempotency keys
		service := mocked(t)
		enroll := command{staff, "enroll k-1", ports.Enroll{Course: "go-101", Learner: "ada"}}
		service.EXPECT().Submit(gomock.Any(), enroll).Return(outcome(ports.Outcome{Standing: seated}))
		s := serve(service, httpapi.WithClock(before))
		got := send(t, s, "POST", path, `{"learnerId":"ada"}`, "Idempotency-Key", `"k-1"`, "X-Correlation-ID", "c-1")
		wantJSON(t, got, 201, seatedJSON)
		if location := got.header.Get("Location"); location != "/v1/courses/go-101/enrollments/ada" {
			t.Errorf("Location is %q", location)
		}
		if deprecated := got.header.Get("Deprecation") != ""; deprecated != (path == unversioned) {
			t.Errorf("%s: Deprecation is %q", path, got.header.Get("Deprecation"))
		}
	}
	problem(t, serve(mocked(t), httpapi.WithClock(after)), 410, "gone", "POST", unversioned, `{"learnerId":"ada"}`)
	got := send(t, serve(stub{}, httpapi.WithClock(after)), "GET", "/v1/courses", "")
	if got.status != 200 || got.header.Get("Sunset") != "" {
		t.Errorf("v1 after the sunset: %d, Sunset %q", got.status, got.header.Get("Sunset"))
	}
}

func TestUnversionedPathAnnouncesItsSunset(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]response{
		"enrolled": send(t, serve(stub{outcome: ports.Outcome{Standing: seated}}, httpapi.WithClock(before)),
			"POST", unversioned, `{"learnerId":"ada"}`),
		"refused": problem(t, serve(stub{}, httpapi.WithClock(before)), 400, "malformed_request", "POST", unversioned, `{`),
		"ended":   problem(t, serve(stub{}, httpapi.WithClock(after)), 410, "gone", "POST", unversioned, ``),
		"escaped": problem(t, serve(stub{}, httpapi.WithClock(after)), 410, "gone", "POST", "/courses/a%3E%0D%0A/enrollments", ``),
	} {
		if d := got.header.Get("Deprecation"); d != "@1793491200" {
			t.Errorf("%s: Deprecation is %q", name, d)
		}
		if at, err := http.ParseTime(got.header.Get("Sunset")); err != nil || !at.Equal(time.Time(after)) {
			t.Errorf("%s: Sunset is %q", name, got.header.Get("Sunset"))
		}
		links := strings.Join(got.header.Values("Link"), ", ")
		if !strings.Contains(links, `</docs>; rel="deprecation"`) ||
			!strings.Contains(links, `/enrollments>; rel="successor-version"`) || strings.ContainsAny(links, "\r\n") {
			t.Errorf("%s: Link is %q", name, links)
		}
	}
}

// Clients of the unversioned path may send what they always sent: a parameter of another operation is ignored there.
func TestUnversionedPathIgnoresOtherParameters(t *testing.T) {
	t.Parallel()
	s := serve(stub{outcome: ports.Outcome{Standing: seated, Course: courseA}}, httpapi.WithClock(before))
	const path = "/courses/go-101/enrollments?status=enrolled&enrollmentId=e-1"
	if got := send(t, s, "POST", path, `{"learnerId":"ada"}`); got.status != 201 {
		t.Errorf("%s: %d %s", path, got.status, got.body)
	}
}
