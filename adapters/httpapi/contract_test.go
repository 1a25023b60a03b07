package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An ask is one request for an operation of the spec, made of the spec's own examples.
type ask struct{ method, target, body string }

// asked has one for each operation.
var asked = sync.OnceValue(func() map[string]ask {
	all := make(map[string]ask)
	for path, item := range must(loadSpec()).Paths.Map() {
		for method, o := range item.Operations() {
			all[o.OperationID] = ask{method, filled(path, item, o), exampleBody(o)}
		}
	}
	return all
})

// filled is a path with the example of each parameter in its place.
func filled(path string, item *openapi3.PathItem, o *openapi3.Operation) string {
	for _, p := range slices.Concat(item.Parameters, o.Parameters) {
		if p.Value.In == "path" {
			path = strings.Replace(path, "{"+p.Value.Name+"}", fmt.Sprint(p.Value.Example), 1)
		}
	}
	return path
}

func exampleBody(o *openapi3.Operation) string {
	if o.RequestBody == nil {
		return ""
	}
	return string(must(json.Marshal(o.RequestBody.Value.Content.Get("application/json").Example)))
}

// A script is a service that answers everything alike.
type script struct {
	httpapi.Service
	outcome ports.Outcome
	err     error
}

func (s script) Submit(context.Context, ...ports.Command) []ports.Reply {
	return replies(ports.Reply{Outcomes: []ports.Outcome{s.outcome}, Err: s.err})
}

func (s script) Course(context.Context, ports.Actor, domain.CourseID) (domain.Course, error) {
	return courseA, s.err
}

func (s script) Courses(context.Context, ports.Actor, ports.CoursePage) ([]domain.Course, error) {
	return []domain.Course{courseA}, s.err
}

func (s script) Standing(context.Context, ports.Actor, domain.CourseID, domain.LearnerID) (ports.RankedStanding, error) {
	return ports.RankedStanding{Standing: seated}, s.err
}

func (s script) Standings(context.Context, ports.Actor, domain.CourseID, ports.StandingPage) ([]ports.RankedStanding, error) {
	return []ports.RankedStanding{{Standing: waiting, Position: 3}}, s.err
}

// clockAt is a clock that stands still.
type clockAt time.Time

func (c clockAt) Now() time.Time { return time.Time(c) }

var (
	before = clockAt(time.Date(2027, 10, 31, 23, 59, 59, 0, time.UTC))
	after  = clockAt(time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC))
)

// drive brings about that the operation answers with the status.
func drive(t *testing.T, operation string, status int) {
	t.Helper()
	ask := asked()[operation]
	service := script{outcome: ports.Outcome{Standing: seated, Course: courseA}}
	by, clock, part := staff, before, func() error { return nil }
	var headers []string
	if operation == "enrollForPartner" {
		by.Role = ports.Partner
	}
	switch status {
	case 200:
	case 201:
		service.outcome.Created = true
	case 202:
		service.outcome = ports.Outcome{Standing: waiting, Position: 3}
	case 304:
		headers = []string{"If-None-Match", "*"}
	case 400:
		ask.target += "?%zz"
	case 401:
		by = ports.Actor{}
	case 404:
		if service.err = domain.ErrCourseNotFound; operation == "getDocsFile" || operation == "getProblem" {
			ask.target += "x"
		}
	case 410:
		clock = after
	case 413:
		ask.body = strings.Repeat(" ", 65<<10)
	case 415:
		headers = []string{"Content-Type", "text/plain"}
	case 500:
		service.err, part = ports.ErrInternal, func() error { panic("planned") }
	case 503:
		service.err, part = ports.ErrUnavailable, func() error { return ports.ErrUnavailable }
	default:
		service.err = ofStatus(t, status)
	}
	s := serve(service, httpapi.WithClock(clock),
		httpapi.WithParts(httpapi.Part{Name: "store", Ready: func(context.Context) error { return part() }}),
		httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
			if by.Role == "" {
				return by, ports.ErrUnauthenticated
			}
			return by, nil
		}))
	if got := send(t, s, ask.method, ask.target, ask.body, headers...); got.status != status {
		t.Errorf("answered %d %.300s", got.status, got.body)
	}
}

// ofStatus returns a kind of error that has the status.
func ofStatus(t *testing.T, status int) error {
	t.Helper()
	kinds := map[int]domain.Kind{
		403: ports.ErrForbidden, 409: ports.ErrInProgress, 412: ports.ErrPreconditionFailed, 422: ports.ErrKeyReused,
		429: "rate_limited",
	}
	if kinds[status] == "" {
		t.Fatal("nothing is known to bring it about")
	}
	return kinds[status]
}

func TestEveryOperationAnswersWithEveryStatusOfTheSpec(t *testing.T) {
	t.Parallel()
	doc := must(loadSpec())
	met := 0
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				met++
				t.Run(operation.OperationID+"/"+status, func(t *testing.T) {
					t.Parallel()
					code, err := strconv.Atoi(status)
					if err != nil {
						t.Fatal("the spec must name statuses one by one")
					}
					drive(t, operation.OperationID, code)
				})
			}
		}
	}
	if met < 100 {
		t.Errorf("the spec names only %d statuses", met)
	}
}

func TestEveryRouteIsInTheSpecAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	routes := serve(script{}).Routes()
	if missing := apart(must(loadSpec()), routes); missing != "" {
		t.Error(missing)
	}
}

// apart names the first route that doc has no operation for, or operation that has no route.
func apart(doc *openapi3.T, routes []string) string {
	var operations []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			operations = append(operations, method+" "+path)
		}
	}
	for _, r := range routes {
		if !slices.Contains(operations, r) {
			return r + " has no entry in the spec"
		}
	}
	for _, o := range operations {
		if !slices.Contains(routes, o) {
			return o + " has no route"
		}
	}
	return ""
}

// The checks are worth what they find.
func TestTheChecksSeeBreaks(t *testing.T) {
	t.Parallel()
	routes := serve(script{}).Routes()
	fresh := func() *openapi3.T { return must(openapi3.NewLoader().LoadFromFile("openapi.yaml")) }
	r := httptest.NewRequest("GET", "/v1/courses/go-101", nil)
	sent := func(status int, contentType, body string) response {
		return response{status, http.Header{"Content-Type": {contentType}, "Etag": {`"3.17"`}}, body}
	}
	good := sent(200, "application/json", courseJSON)
	if err := conforms(fresh(), r, good); err != nil {
		t.Fatal(err)
	}

	unlisted := fresh()
	unlisted.Paths.Delete("/readyz")
	if got := apart(unlisted, routes); got != "GET /readyz has no entry in the spec" {
		t.Errorf("a route without an entry: %q", got)
	}
	if got := apart(fresh(), routes[1:]); !strings.HasSuffix(got, "has no route") {
		t.Errorf("an operation without a route: %q", got)
	}

	silent := fresh()
	silent.Paths.Value("/v1/courses/{courseId}").Get.Responses.Delete("200")
	renamed, retyped := strings.Replace(courseJSON, "title", "name", 1), strings.Replace(courseJSON, `"Go"`, "7", 1)
	bare := response{200, http.Header{"Content-Type": {"application/json"}}, courseJSON}
	nowhere := httptest.NewRequest("GET", "/nowhere", nil)
	for why, err := range map[string]error{
		"a status that the spec does not name": conforms(silent, r, good),
		"a status that it never had":           conforms(fresh(), r, sent(418, "application/json", courseJSON)),
		"another media type":                   conforms(fresh(), r, sent(200, "text/plain", courseJSON)),
		"a field renamed":                      conforms(fresh(), r, sent(200, "application/json", renamed)),
		"a field of another type":              conforms(fresh(), r, sent(200, "application/json", retyped)),
		"a required header left out":           conforms(fresh(), r, bare),
		"no problem where there is no route":   conforms(fresh(), nowhere, sent(404, "text/plain", "no")),
		"a problem without most of its fields": conforms(fresh(), r, sent(404, "application/problem+json", `{"code":"gone"}`)),
	} {
		if err == nil {
			t.Errorf("%s passes", why)
		}
	}
}

func TestTheSpecListsEveryCode(t *testing.T) {
	t.Parallel()
	listed := fmt.Sprint(must(loadSpec()).Components.Schemas["Code"].Value.Enum)
	var codes []any
	for _, c := range httpapi.Codes() {
		codes = append(codes, string(c))
	}
	sorted := slices.Sorted(strings.FieldsSeq(strings.Trim(listed, "[]")))
	if want := fmt.Sprint(codes); fmt.Sprint(sorted) != want {
		t.Errorf("the spec lists %v\nthe table has %s", sorted, want)
	}
}

func TestEveryOperationHasExamples(t *testing.T) {
	t.Parallel()
	for id, ask := range asked() {
		if strings.Contains(ask.target, "<nil>") || ask.body == "null" {
			t.Errorf("%s lacks the example of a parameter, or of its body: %s %s %s", id, ask.method, ask.target, ask.body)
		}
	}
}
