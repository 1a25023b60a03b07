package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
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

// A request that was counted late, because its body was slow, does not give back the time in between to its caller.
func TestSlowBodiesRefillNoLimit(t *testing.T) {
	t.Parallel()
	service, got := recorded(t, ports.Reply{Outcomes: []ports.Outcome{{Standing: seated}}})
	clock := &manualClock{now: noon}
	s := serve(service, httpapi.WithClock(clock), httpapi.WithWriteLimit(httpapi.Limit{Requests: 8, Window: 2 * time.Minute}), as(ada))
	submit := func(body io.Reader) {
		r := httptest.NewRequest("POST", "/v1/commands", body)
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	const one, two = `{"actions":[{"action":"enroll","courseId":"a"}]}`, `{"actions":[{"action":"enroll","courseId":"a"},{"action":"enroll","courseId":"b"}]}`
	for range 8 {
		submit(io.MultiReader(readerFunc(func([]byte) (int, error) {
			clock.advance(15 * time.Second)
			submit(strings.NewReader(one))
			return 0, io.EOF
		}), strings.NewReader(two)))
	}
	actions := 0
	for _, c := range *got {
		actions += len(c.Actions)
	}
	if most := 8 + int(clock.Now().Sub(noon)/(15*time.Second)); actions > most {
		t.Errorf("%d actions, want at most %d: a full bucket, and one each 15 seconds", actions, most)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Requests that read the clock at the same time may be counted in another order.
func TestTimeNeverGoesBackInALimit(t *testing.T) {
	t.Parallel()
	s, clock := limited("4/1m")
	admitted := 0
	for range 20 {
		for _, step := range []time.Duration{15 * time.Second, -15 * time.Second} {
			clock.advance(step)
			if send(t, s, "GET", "/v1/courses", "", "Authorization", "Bearer t/ada").status == 200 {
				admitted++
			}
		}
	}
	if admitted != 4 {
		t.Errorf("%d requests, want 4: no time has passed", admitted)
	}
}
