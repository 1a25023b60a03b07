package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A caller cannot make the store keep any number of replies and entries: requests that can change something are limited for each
// principal, whatever they are answered. Reading is not affected, nor are others.
func TestWritesArePerPrincipalLimited(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(outcome(ports.Outcome{Refused: domain.ErrCourseFull})).Times(3 + 3 + 300 + 1)
	service.EXPECT().Course(gomock.Any(), gomock.Any(), gomock.Any()).AnyTimes().Return(domain.Course{}, domain.ErrCourseNotFound)
	clock := &manualClock{now: noon}
	s := serve(service, httpapi.WithClock(clock), httpapi.WithWriteLimit(httpapi.Limit{Requests: 3, Window: time.Hour}),
		httpapi.WithAuthenticator(func(r *http.Request) (ports.Actor, error) {
			subject := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			role := ports.Learner
			if subject == "sam" {
				role = ports.Staff
			}
			return ports.Actor{Tenant: "t", Subject: subject, Role: role}, nil
		}))
	write := func(subject string) response {
		return send(t, s, "POST", "/v1/courses/c/enrollments", `{"learnerId":"ada"}`, "Authorization", "Bearer "+subject)
	}
	for _, c := range []struct {
		subject string
		writes  int
	}{{"ada", 3}, {"bob", 3}, {"sam", 300}} {
		for range c.writes {
			if got := write(c.subject); got.status != 409 {
				t.Fatalf("%s: %d %v", c.subject, got.status, got.header)
			}
		}
		if got := write(c.subject); got.status != 429 || got.header.Get("Retry-After") == "" ||
			!strings.HasPrefix(got.header.Get("RateLimit"), `"writes";r=0`) || !strings.HasPrefix(got.header.Get("RateLimit-Policy"), `"writes";q=`) {
			t.Errorf("%s may write more than %d times: %d %v", c.subject, c.writes, got.status, got.header)
		}
		if got := send(t, s, "GET", "/v1/courses/c", "", "Authorization", "Bearer "+c.subject); got.status != 404 {
			t.Errorf("%s cannot read any more: %d", c.subject, got.status)
		}
	}
	clock.advance(20 * time.Minute)
	if got := write("ada"); got.status != 409 {
		t.Errorf("a third of the window later: %d %v, want one more", got.status, got.header)
	}
}

// A write that the write limit refuses counts against the limit of all requests, too.
func TestRefusedWritesAreCounted(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(outcome(ports.Outcome{Refused: domain.ErrCourseFull}))
	one := httpapi.Limit{Requests: 1, Window: 24 * time.Hour}
	s := serve(service, httpapi.WithClock(&manualClock{now: noon}), httpapi.WithWriteLimit(one),
		httpapi.WithRateLimit(httpapi.Limit{Requests: 3, Window: time.Minute}),
		httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
			return ports.Actor{Tenant: "t", Subject: "ada", Role: ports.Learner}, nil
		}))
	for i, want := range []string{`"default";r=2`, `"writes";r=0`, `"writes";r=0`, `"default";r=0`} {
		got := send(t, s, "POST", "/v1/courses/c/enrollments", `{"learnerId":"ada"}`)
		if !strings.HasPrefix(got.header.Get("RateLimit"), want) {
			t.Errorf("request %d: %d %v, want %s", i+1, got.status, got.header, want)
		}
	}
}
