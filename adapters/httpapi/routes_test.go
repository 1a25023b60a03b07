package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	seatedJSON = `{"courseId":"go-101","learnerId":"ada","enrollmentId":"e-1","status":"enrolled","position":0,
		"sequence":9,"since":"2026-03-01T12:00:00.123456Z"}`
	waitingJSON = `{"courseId":"go-101","learnerId":"bob","enrollmentId":"e-2","status":"waitlisted","position":3,
		"sequence":10,"since":"2026-03-01T12:00:00.123456Z"}`
	courseJSON = `{"courseId":"go-101","title":"Go","capacity":2,"open":true,"waitlistEnabled":true,
		"seatsTaken":2,"waitlistLength":3,"sequence":17}`
)

// command matches a Submit of one command with this actor, key and action.
type command struct {
	by     ports.Actor
	key    string
	action ports.Action
}

func (c command) Matches(x any) bool {
	got, ok := x.(ports.Command)
	return ok && got.By == c.by && got.Key == c.key && got.Correlation == "c-1" &&
		len(got.Actions) == 1 && reflect.DeepEqual(got.Actions[0], c.action)
}

func (c command) String() string {
	return "a command with action " + string(must(json.Marshal(c.action))) + " and key " + c.key
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func wantJSON(t *testing.T, got response, status int, want string) {
	t.Helper()
	var a, b any
	err := errors.Join(json.Unmarshal([]byte(got.body), &a), json.Unmarshal([]byte(want), &b))
	if err != nil || got.status != status || !reflect.DeepEqual(a, b) {
		t.Errorf("got %d %s\nwant %d %s", got.status, got.body, status, want)
	}
}

func TestCommandsBecomeActionsAndOutcomesBecomeResponses(t *testing.T) {
	t.Parallel()
	const enrollments = "/v1/courses/go-101/enrollments"
	enroll := ports.Enroll{Course: "go-101", Learner: "ada"}
	withdrawn := strings.NewReplacer("enrolled", "withdrawn", `:9`, `:18`).Replace(seatedJSON)
	promoted := strings.NewReplacer("waitlisted", "enrolled", `:10`, `:19`, `"position":3`, `"position":0`).Replace(waitingJSON)
	next := waiting
	next.Status, next.Sequence = domain.Enrolled, 19
	put := ports.PutCourse{Course: "go-101", Settings: domain.Settings{Title: new("Go"), Capacity: new(2)}}
	putAll := ports.PutCourse{Course: "go-101", IfRevision: 3, Settings: domain.Settings{
		Title: new("Go"), Capacity: new(0), Open: new(false), WaitlistEnabled: new(false),
	}}
	for _, c := range []struct {
		name                 string
		by                   ports.Actor
		method, target, body string
		headers              []string
		want                 ports.Action
		outcome              ports.Outcome
		status               int
		json, location, etag string
	}{
		{"seat", staff, "POST", enrollments, `{"learnerId":"ada"}`, nil, enroll, ports.Outcome{Standing: seated}, 201,
			seatedJSON, enrollments + "/ada", ""},
		{"waitlist", staff, "POST", enrollments, `{"learnerId":"bob"}`, nil, ports.Enroll{Course: "go-101", Learner: "bob"},
			ports.Outcome{Standing: waiting, Position: 3}, 202, waitingJSON, enrollments + "/bob", ""},
		{"a learner for themselves, no body", ada, "POST", enrollments, "", nil, enroll, ports.Outcome{Standing: seated}, 201,
			seatedJSON, enrollments + "/ada", ""},
		{"a learner for themselves, empty object", ada, "POST", enrollments, " {} ", nil, enroll, ports.Outcome{Standing: seated}, 201,
			seatedJSON, enrollments + "/ada", ""},
		{"charset", staff, "POST", enrollments, `{"learnerId":"ada"}`, []string{"Content-Type", "application/json; charset=UTF-8"},
			enroll, ports.Outcome{Standing: seated}, 201, seatedJSON, enrollments + "/ada", ""},
		{"withdraw", staff, "DELETE", enrollments + "/ada", "", nil, ports.Withdraw{Course: "go-101", Learner: "ada"},
			ports.Outcome{Standing: left}, 200, withdrawn, "", ""},
		{"withdraw from one enrollment", staff, "DELETE", enrollments + "/ada?enrollmentId=e-1", "", nil,
			ports.Withdraw{Course: "go-101", Learner: "ada", Enrollment: "e-1"}, ports.Outcome{Standing: left}, 200, withdrawn, "", ""},
		{"withdraw and promote", staff, "DELETE", enrollments + "/ada", "", nil, ports.Withdraw{Course: "go-101", Learner: "ada"},
			ports.Outcome{Standing: left, Promoted: []domain.Standing{next}}, 200,
			strings.TrimSuffix(withdrawn, "}") + `,"promoted":` + promoted + "}", "", ""},
		{"create", staff, "PUT", "/v1/courses/go-101", `{"title":"Go","capacity":2}`, nil, put,
			ports.Outcome{Course: courseA, Created: true}, 201, courseJSON, "/v1/courses/go-101", `"3.17"`},
		{"change", staff, "PUT", "/v1/courses/go-101", `{"title":"Go","capacity":0,"open":false,"waitlistEnabled":false}`,
			[]string{"If-Match", `"3.12"`}, putAll, ports.Outcome{Course: courseA}, 200, courseJSON, "", `"3.17"`},
		{"no settings", staff, "PUT", "/v1/courses/go-101", `{}`, nil, ports.PutCourse{Course: "go-101"},
			ports.Outcome{Course: courseA}, 200, courseJSON, "", `"3.17"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			service := mocked(t)
			service.EXPECT().Submit(gomock.Any(), command{c.by, "", c.want}).Return(outcome(c.outcome))
			got := send(t, serve(service, as(c.by)), c.method, c.target, c.body, append(c.headers, "X-Correlation-ID", "c-1")...)
			wantJSON(t, got, c.status, c.json)
			for name, want := range map[string]string{
				"Location": c.location, "ETag": c.etag, "Content-Type": "application/json", "X-Correlation-ID": "c-1",
				"Idempotent-Replayed": "",
			} {
				if have := got.header.Get(name); have != want {
					t.Errorf("%s is %q, want %q", name, have, want)
				}
			}
		})
	}
}

func TestQueriesBecomeResponses(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Standing(gomock.Any(), staff, domain.CourseID("go-101"), domain.LearnerID("bob")).
		Return(ports.RankedStanding{Standing: waiting, Position: 3}, nil)
	service.EXPECT().Course(gomock.Any(), staff, domain.CourseID("go-101")).Return(courseA, nil)
	service.EXPECT().Courses(gomock.Any(), staff, ports.CoursePage{Open: new(true), Limit: 101}).
		Return([]domain.Course{courseA}, nil)
	cut := ports.StandingPage{Status: domain.Waitlisted, Limit: 1001}
	service.EXPECT().Standings(gomock.Any(), staff, domain.CourseID("go-101"), cut).
		Return([]ports.RankedStanding{{Standing: waiting, Position: 3}}, nil)
	service.EXPECT().Standings(gomock.Any(), staff, domain.CourseID("none"), ports.StandingPage{Limit: 101}).Return(nil, nil)
	service.EXPECT().LearnerStandings(gomock.Any(), staff, domain.LearnerID("b/ob"), ports.LearnerPage{Limit: 101}).
		Return([]ports.RankedStanding{{Standing: waiting, Position: 3}}, nil)
	service.EXPECT().LearnerStandings(gomock.Any(), staff, domain.LearnerID("none"), ports.LearnerPage{Limit: 3}).Return(nil, nil)
	s := serve(service, httpapi.WithParts(httpapi.Part{Name: "store", Ready: func(context.Context) error { return nil }}))

	wantJSON(t, send(t, s, "GET", "/v1/learners/b%2Fob/enrollments", ""), 200, `{"items":[`+waitingJSON+`]}`)
	wantJSON(t, send(t, s, "GET", "/v1/learners/none/enrollments?pageSize=2", ""), 200, `{"items":[]}`)
	wantJSON(t, send(t, s, "GET", "/v1/courses/go-101/enrollments/bob", ""), 200, waitingJSON)
	wantJSON(t, send(t, s, "GET", "/v1/courses/go-101", ""), 200, courseJSON)
	wantJSON(t, send(t, s, "GET", "/v1/courses?open=true", ""), 200, `{"items":[`+courseJSON+`]}`)
	wantJSON(t, send(t, s, "GET", "/v1/courses/go-101/enrollments?status=waitlisted&pageSize=5000", ""), 200,
		`{"items":[`+waitingJSON+`]}`)
	wantJSON(t, send(t, s, "GET", "/v1/courses/none/enrollments", ""), 200, `{"items":[]}`)
	wantJSON(t, send(t, s, "GET", "/healthz", ""), 200, `{"status":"ok"}`)
	wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"ok","parts":{"store":"ok"}}`)
	if got := send(t, s, "GET", "/openapi.json", "").decoded(t); got["openapi"] != "3.1.0" {
		t.Errorf("openapi.json has version %v", got["openapi"])
	}
}

func TestLearnerIDMayHaveAnyLegalCharacter(t *testing.T) {
	t.Parallel()
	for path, learner := range map[string]domain.LearnerID{
		"a%2Fb": "a/b", "a%20b": "a b", "a%25b": "a%b", "a%2525b": "a%25b", "a%252Fb": "a%2Fb",
		"%C3%A4%E2%82%AC": "ä€", "ä€": "ä€",
		"auth0%7C5": "auth0|5", "a+b": "a+b", "a,b;c=d": "a,b;c=d", "a@b.c": "a@b.c",
		"a%3Fb%23c": "a?b#c", "..": "..", "%2F": "/",
		"a%2F%25%20b": "a/% b", "%22%5C": `"\`, "a:b": "a:b",
	} {
		service := mocked(t)
		service.EXPECT().Standing(gomock.Any(), staff, domain.CourseID("go-101"), learner).Return(ports.RankedStanding{Standing: seated}, nil)
		got := send(t, serve(service), "GET", "/v1/courses/go-101/enrollments/"+path, "")
		if got.status != 200 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(serve(mocked(t)))
	defer server.Close()
	got, err := server.Client().Head(server.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); err != nil || len(body) > 0 || got.StatusCode != 200 || got.ContentLength <= 0 {
		t.Errorf("%s, %d bytes announced, %q", got.Status, got.ContentLength, body)
	}
}

func TestLocationLeadsBackToTheLearner(t *testing.T) {
	t.Parallel()
	for _, learner := range []domain.LearnerID{"a/b", "a b", "a%b", "a%2Fb", "ä€", "a?b#c", `"\`, "a+b;c,d&e=f", "a:b@c"} {
		service := mocked(t)
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(outcome(ports.Outcome{Standing: seated}))
		service.EXPECT().Standing(gomock.Any(), staff, domain.CourseID("go-101"), learner).Return(ports.RankedStanding{Standing: seated}, nil)
		s := serve(service)
		body := must(json.Marshal(map[string]any{"learnerId": learner}))
		location := send(t, s, "POST", "/v1/courses/go-101/enrollments", string(body)).header.Get("Location")
		if got := send(t, s, "GET", location, ""); got.status != 200 {
			t.Errorf("%s: %d", location, got.status)
		}
	}
}

func TestReadyzNamesThePartThatIsDown(t *testing.T) {
	t.Parallel()
	part := func(name string, err error) httpapi.Part {
		return httpapi.Part{Name: name, Ready: func(context.Context) error { return err }}
	}
	var log bytes.Buffer
	s := serve(mocked(t), httpapi.WithParts(part("queue", nil), part("store", errors.New("dial 10.0.0.7: refused"))),
		httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	got := problem(t, s, 503, ports.ErrUnavailable, "GET", "/readyz", "")
	if !strings.Contains(got.body, "/parts/store") || strings.Contains(got.body, "queue") || strings.Contains(got.body, "10.0.0.7") {
		t.Errorf("got %s", got.body)
	}
	if got.header.Get("Retry-After") == "" || !strings.Contains(log.String(), "10.0.0.7") {
		t.Errorf("headers %v, logged %s", got.header, log.String())
	}
	if got := send(t, s, "GET", "/healthz", ""); got.status != 200 {
		t.Errorf("healthz is %d while a part is down", got.status)
	}
}

func TestReadyzIsDegradedWithoutAnOptionalPart(t *testing.T) {
	t.Parallel()
	part := func(name string, err error, optional bool) httpapi.Part {
		return httpapi.Part{Name: name, Ready: func(context.Context) error { return err }, Optional: optional}
	}
	refused := errors.New("dial 10.0.0.7: refused")
	var log bytes.Buffer
	logged := httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))

	s := serve(mocked(t), logged,
		httpapi.WithParts(part("store", nil, false), part("broker", refused, true), part("relay", nil, true)))
	wantJSON(t, send(t, s, "GET", "/readyz", ""), 200,
		`{"status":"degraded","parts":{"store":"ok","broker":"down","relay":"ok"}}`)
	if s := log.String(); !strings.Contains(s, "level=WARN") || !strings.Contains(s, "broker: dial 10.0.0.7") {
		t.Errorf("logged %s", s)
	}

	log.Reset()
	s = serve(mocked(t), logged, httpapi.WithParts(part("store", nil, false), part("broker", nil, true)))
	wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"ok","parts":{"store":"ok","broker":"ok"}}`)
	if s := log.String(); strings.Contains(s, "WARN") {
		t.Errorf("logged %s", s)
	}

	for _, parts := range [][]httpapi.Part{
		{part("broker", refused, true), part("store", refused, false)}, {part("store", refused, false), part("broker", refused, true)},
	} {
		got := problem(t, serve(mocked(t), httpapi.WithParts(parts...)), 503, ports.ErrUnavailable, "GET", "/readyz", "")
		if !strings.Contains(got.body, "/parts/store") || !strings.Contains(got.body, "/parts/broker") {
			t.Errorf("got %s", got.body)
		}
	}
}

func TestEveryCallerIsRefusedWithoutAnAuthenticator(t *testing.T) {
	t.Parallel()
	s := serve(mocked(t), httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
		return ports.Actor{}, fmt.Errorf("%w: the token has expired", ports.ErrUnauthenticated)
	}))
	got := problem(t, s, 401, ports.ErrUnauthenticated, "GET", "/v1/courses", "")
	if got.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("WWW-Authenticate is %q", got.header.Get("WWW-Authenticate"))
	}
	unconfigured := httpapi.New(mocked(t), httpapi.WithLogger(slog.New(slog.DiscardHandler)))
	problem(t, unconfigured, 401, ports.ErrUnauthenticated, "POST", "/v1/courses/go-101/enrollments", "{")
	if got := send(t, unconfigured, "GET", "/healthz", ""); got.status != 200 {
		t.Errorf("healthz requires authentication: %d", got.status)
	}
}

// A part that hangs lets no other fail.
func TestPartsAreCheckedAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		s := serve(mocked(t), httpapi.WithParts(
			httpapi.Part{Name: "broker", Ready: hangs, Optional: true},
			httpapi.Part{Name: "store", Ready: func(ctx context.Context) error { return ctx.Err() }}))
		wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"degraded","parts":{"broker":"down","store":"ok"}}`)
	})
}

// A part that ignores the end of its context delays no report beyond its time, and is not checked again while it hangs.
func TestPartThatHangsDelaysNoReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release, checks := make(chan struct{}), new(atomic.Int32)
		s := serve(mocked(t), httpapi.WithParts(httpapi.Part{Name: "broker", Optional: true, Ready: func(context.Context) error {
			checks.Add(1)
			<-release
			return nil
		}}))
		for range 3 {
			begin := time.Now()
			wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"degraded","parts":{"broker":"down"}}`)
			if took := time.Since(begin); took < 5*time.Second || took > 6*time.Second || checks.Load() != 1 {
				t.Errorf("answered after %v and %d checks", took, checks.Load())
			}
			time.Sleep(time.Second)
		}
		close(release)
		synctest.Wait()
		wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"ok","parts":{"broker":"ok"}}`)
	})
}

// The parts are checked once a second, however many callers ask, and whether they ask at once or one after another.
func TestReadinessIsCheckedOnceASecond(t *testing.T) {
	t.Parallel()
	const callers = 50
	var checks atomic.Int32
	var asking, done sync.WaitGroup
	asking.Add(callers)
	part := func(context.Context) error {
		asking.Wait()
		checks.Add(1)
		return nil
	}
	clock := &manualClock{now: noon}
	s := serve(mocked(t), httpapi.WithClock(clock), httpapi.WithParts(httpapi.Part{Name: "store", Ready: part}))
	for range callers {
		done.Go(func() {
			asking.Done()
			if got := send(t, s, "GET", "/readyz", ""); got.status != 200 || got.header.Get("Age") != "0" {
				t.Errorf("got %d, Age %q", got.status, got.header.Get("Age"))
			}
		})
	}
	done.Wait()
	for after, want := range []int32{1, 2} {
		if send(t, s, "GET", "/readyz", ""); checks.Load() != want {
			t.Errorf("%d checks after %d s, want %d", checks.Load(), after, want)
		}
		clock.advance(time.Second)
	}
}
