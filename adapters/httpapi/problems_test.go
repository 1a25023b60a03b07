package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// statuses are promised to clients. A kind that is missing here, or has another status, fails the test.
var statuses = map[domain.Kind]int{
	"invalid_argument": 422, "course_not_found": 404, "course_full": 409, "course_closed": 409, "already_enrolled": 409,
	"already_waitlisted": 409, "enrollment_mismatch": 409, "already_exists": 409, "not_enrolled": 404, "unauthenticated": 401, "forbidden": 403, "not_found": 404, "precondition_failed": 412,
	"idempotency_key_reused": 422, "idempotency_in_progress": 409, "unavailable": 503, "internal": 500,
}

func TestEveryKindHasItsStatus(t *testing.T) {
	t.Parallel()
	for _, kind := range ports.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			status, ok := statuses[kind]
			if !ok {
				t.Fatal("the kind has no promised status")
			}
			service := mocked(t)
			failed := fmt.Errorf("select from standings where learner = 'ada': %w", kind)
			first := service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(replies(ports.Reply{Err: failed}))
			service.EXPECT().Submit(gomock.Any(), gomock.Any()).After(first).Return(outcome(ports.Outcome{Refused: kind}))
			s := serve(service)
			got := problem(t, s, status, kind, "PUT", "/v1/courses/go-101", "{}")
			retry := kind == ports.ErrUnavailable || kind == ports.ErrInProgress
			if has := got.header.Get("Retry-After") != ""; has != retry {
				t.Errorf("Retry-After: %v", has)
			}
			if strings.Contains(got.body, "select") || strings.Contains(got.body, "standing\"") {
				t.Errorf("the answer reveals internals: %s", got.body)
			}
			problem(t, s, status, kind, "PUT", "/v1/courses/go-101", "{}")
		})
	}
}

// No command is answered with another code than the service's.
func TestEveryCommandKeepsTheKind(t *testing.T) {
	t.Parallel()
	const enrollments, body = "/v1/courses/go-101/enrollments", `{"learnerId":"ada"}`
	for _, c := range []struct{ method, target, body string }{
		{"PUT", "/v1/courses/go-101", "{}"},
		{"POST", enrollments, body},
		{"DELETE", enrollments + "/ada", ""},
		{"POST", "/v1/commands", `{"actions":[{"action":"enroll","courseId":"go-101","learnerId":"ada"}]}`},
	} {
		for _, kind := range ports.Kinds() {
			if kind == ports.ErrPreconditionFailed && c.method != "PUT" {
				continue // it is about the revision of a course
			}
			problem(t, serve(stub{err: kind}), statuses[kind], kind, c.method, c.target, c.body)
		}
	}
}

func TestRefusalShowsTheStandingWithoutPosition(t *testing.T) {
	t.Parallel()
	for kind, s := range map[domain.Kind]domain.Standing{"already_enrolled": seated, "already_waitlisted": waiting, "enrollment_mismatch": seated} {
		service := mocked(t)
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(outcome(ports.Outcome{Refused: kind, Standing: s, Position: 3}))
		method, target, body := "POST", "/v1/courses/go-101/enrollments", `{"learnerId":"x"}`
		if kind == "enrollment_mismatch" {
			method, target, body = "DELETE", target+"/ada?enrollmentId=e-9", ""
		}
		got := problem(t, serve(service), 409, kind, method, target, body)
		standing := got.decoded(t)["standing"].(map[string]any)
		if _, present := standing["position"]; present || standing["enrollmentId"] != string(s.Enrollment) || len(standing) != 6 {
			t.Errorf("%s: %v", kind, standing)
		}
	}
}

func TestUnknownErrorsAreInternalAndTimeoutsUnavailable(t *testing.T) {
	t.Parallel()
	for err, kind := range map[error]domain.Kind{
		errors.New("boom"): "internal", domain.Kind("of tomorrow"): "internal",
		context.DeadlineExceeded: "unavailable", context.Canceled: "unavailable",
		fmt.Errorf("%w: %w", ports.ErrInProgress, context.DeadlineExceeded): "idempotency_in_progress",
	} {
		service := mocked(t)
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(replies(ports.Reply{Err: err}))
		problem(t, serve(service), statuses[kind], kind, "PUT", "/v1/courses/go-101", "{}")
	}
}

func TestPanicIsAProblemAndTheServerContinues(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	service := mocked(t)
	panics := func(context.Context, ports.Actor, domain.CourseID) { panic("secret") }
	service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).Do(panics)
	service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).Return(courseA, nil)
	s := serve(service, httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	got := problem(t, s, 500, "internal", "GET", "/v1/courses/go-101", "")
	logged := strings.Contains(log.String(), "secret") && strings.Contains(log.String(), "problems_test.go")
	if strings.Contains(got.body, "secret") || !logged {
		t.Errorf("answered %s\nlogged %s", got.body, log.String())
	}
	if got := send(t, s, "GET", "/v1/courses/go-101", ""); got.status != 200 {
		t.Errorf("after the panic: %d", got.status)
	}
}

// A brokenBody is a response whose body can't be written.
type brokenBody struct {
	*httptest.ResponseRecorder
	write func() error
}

func (b brokenBody) Write([]byte) (int, error) { return 0, b.write() }

// An error or a panic after the response has begun can't change the status any more: the log has it.
func TestErrorsAfterTheResponseHasBegunAreLogged(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func() error{
		"error": func() error { return errors.New("secret") }, "panic": func() error { panic("secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			service := mocked(t)
			service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).Return(courseA, nil)
			s := serve(service, httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			w := httptest.NewRecorder()
			s.ServeHTTP(brokenBody{w, write}, httptest.NewRequest("GET", "/v1/courses/go-101", nil))
			if w.Code != 200 || !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "secret") {
				t.Errorf("answered %d, logged %s", w.Code, log.String())
			}
		})
	}
}

func TestDeadlineReachesTheService(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).DoAndReturn(
		func(ctx context.Context, _ ports.Actor, _ domain.CourseID) (domain.Course, error) {
			<-ctx.Done()
			return domain.Course{}, ctx.Err()
		})
	problem(t, serve(service, httpapi.WithDeadline(1)), 503, "unavailable", "GET", "/v1/courses/go-101", "")
}

// The same code has a text for its cause.
func TestDetails(t *testing.T) {
	t.Parallel()
	const enrollments, body = "/v1/courses/go-101/enrollments", `{"learnerId":"bob"}`
	swap := `{"actions":[{"action":"enroll","courseId":"go-101","learnerId":"bob"}]}`
	for _, c := range []struct {
		by                           ports.Actor
		kind                         domain.Kind
		method, target, body, detail string
	}{
		{ada, ports.ErrForbidden, "GET", "/v1/learners/bob/enrollments", "", "A learner may act only for themselves."},
		{ada, ports.ErrForbidden, "GET", enrollments + "/bob", "", "A learner may act only for themselves."},
		{ada, ports.ErrForbidden, "DELETE", enrollments + "/bob", "", "A learner may act only for themselves."},
		{ada, ports.ErrForbidden, "POST", enrollments, body, "A learner may act only for themselves."},
		{ada, ports.ErrForbidden, "POST", "/v1/commands", swap, "A learner may act only for themselves."},
		{ada, ports.ErrForbidden, "PUT", "/v1/courses/go-101", "{}", "Your role does not allow this."},
		{ada, ports.ErrForbidden, "GET", enrollments, "", "Your role does not allow this."},
		{staff, ports.ErrForbidden, "POST", enrollments, body, "Your role does not allow this."},
		{staff, domain.ErrCourseNotFound, "POST", enrollments, body, "There is no such course."},
		{staff, domain.ErrCourseNotFound, "GET", "/v1/courses/go-101", "", "There is no such course."},
		{staff, domain.ErrCourseNotFound, "PUT", "/v1/courses/go-101", "{}", "There is no such course. A new one needs a title and a capacity."},
		{staff, domain.ErrCourseFull, "POST", enrollments, body, "The course has no free seat, and either no waitlist or only a seat was wanted."},
	} {
		got := problem(t, serve(stub{err: c.kind}, as(c.by)), statuses[c.kind], c.kind, c.method, c.target, c.body)
		if got.decoded(t)["detail"] != c.detail {
			t.Errorf("%s %s: %s, want %q", c.method, c.target, got.body, c.detail)
		}
	}
}
