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

// An exampleRequest calls an operation of the spec with the spec's own examples.
type exampleRequest struct{ method, target, body string }

// exampleRequests has one for each operation.
var exampleRequests = sync.OnceValue(func() map[string]exampleRequest {
	all := make(map[string]exampleRequest)
	for path, item := range must(loadSpec()).Paths.Map() {
		for method, o := range item.Operations() {
			all[o.OperationID] = exampleRequest{method, examplePath(path, item, o), exampleBody(o)}
		}
	}
	return all
})

// examplePath returns a path with the example of each parameter.
func examplePath(path string, item *openapi3.PathItem, o *openapi3.Operation) string {
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

// A stub is a service that gives the same answer to every call.
type stub struct {
	httpapi.Service
	outcome ports.Outcome
	err     error
}

func (s stub) Submit(context.Context, ...ports.Command) []ports.Reply {
	return replies(ports.Reply{Outcomes: []ports.Outcome{s.outcome}, Err: s.err})
}

func (s stub) Course(context.Context, ports.Actor, domain.CourseID) (domain.Course, error) {
	return courseA, s.err
}

func (s stub) Courses(context.Context, ports.Actor, ports.CoursePage) ([]domain.Course, error) {
	return []domain.Course{courseA}, s.err
}

func (s stub) Standing(context.Context, ports.Actor, domain.CourseID, domain.LearnerID) (ports.RankedStanding, error) {
	return ports.RankedStanding{Standing: seated}, s.err
}

func (s stub) Standings(context.Context, ports.Actor, domain.CourseID, ports.StandingPage) ([]ports.RankedStanding, error) {
	return []ports.RankedStanding{{Standing: waiting, Position: 3}}, s.err
}

func (s stub) LearnerStandings(context.Context, ports.Actor, domain.LearnerID, ports.LearnerPage) ([]ports.RankedStanding, error) {
	return []ports.RankedStanding{{Standing: waiting, Position: 3}}, s.err
}

// A fixedClock always returns the same time.
type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

var (
	before = fixedClock(time.Date(2027, 10, 31, 23, 59, 59, 0, time.UTC))
	after  = fixedClock(time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC))
)

// requireStatus makes the operation answer with the status.
func requireStatus(t *testing.T, operation string, status int) {
	t.Helper()
	request := exampleRequests()[operation]
	service := stub{outcome: ports.Outcome{Standing: seated, Course: courseA}}
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
		request.target += "?%zz"
	case 401:
		by = ports.Actor{}
	case 404:
		if service.err = domain.ErrCourseNotFound; operation == "getDocsFile" || operation == "getProblem" {
			request.target += "x"
		}
	case 410:
		clock = after
	case 413:
		request.body = strings.Repeat(" ", 65<<10)
	case 415:
		headers = []string{"Content-Type", "text/plain"}
	case 500:
		service.err, part = ports.ErrInternal, func() error { panic("planned") }
	case 503:
		service.err, part = ports.ErrUnavailable, func() error { return ports.ErrUnavailable }
	default:
		service.err = errorWithStatus(t, status)
	}
	s := serve(service, httpapi.WithClock(clock),
		httpapi.WithParts(httpapi.Part{Name: "store", Ready: func(context.Context) error { return part() }}),
		httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
			if by.Role == "" {
				return by, ports.ErrUnauthenticated
			}
			return by, nil
		}))
	if got := send(t, s, request.method, request.target, request.body, headers...); got.status != status {
		t.Errorf("answered %d %.300s", got.status, got.body)
	}
}

// errorWithStatus returns an error whose kind has the status.
func errorWithStatus(t *testing.T, status int) error {
	t.Helper()
	kinds := map[int]domain.Kind{
		403: ports.ErrForbidden, 409: ports.ErrInProgress, 412: ports.ErrPreconditionFailed, 422: ports.ErrKeyReused,
		429: "rate_limited",
	}
	if kinds[status] == "" {
		t.Fatal("no error has this status")
	}
	return kinds[status]
}

func TestEveryOperationReturnsEveryStatusInTheSpec(t *testing.T) {
	t.Parallel()
	doc := must(loadSpec())
	found := 0
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				found++
				t.Run(operation.OperationID+"/"+status, func(t *testing.T) {
					t.Parallel()
					code, err := strconv.Atoi(status)
					if err != nil {
						t.Fatal("the spec must list each status by its number")
					}
					requireStatus(t, operation.OperationID, code)
				})
			}
		}
	}
	if found < 100 {
		t.Errorf("the spec names only %d statuses", found)
	}
}

func TestRoutesMatchTheSpec(t *testing.T) {
	t.Parallel()
	routes := serve(stub{}).Routes()
	if missing := mismatch(must(loadSpec()), routes); missing != "" {
		t.Error(missing)
	}
}

// mismatch names the first route without an operation in doc, or operation without a route.
func mismatch(doc *openapi3.T, routes []string) string {
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

// A response is validated by the path of its request, and not by a pattern that fits it, too.
func TestExactPathComesFirst(t *testing.T) {
	t.Parallel()
	doc := &openapi3.T{Paths: openapi3.NewPaths()}
	for _, path := range []string{"/things/{id}", "/things/recent", "/{any}/recent"} {
		doc.Paths.Set(path, &openapi3.PathItem{Get: openapi3.NewOperation()})
	}
	for path, want := range map[string]string{"/things/recent": "/things/recent", "/things/x": "/things/{id}"} {
		for range 20 { // a map has no order
			if got := route(doc, httptest.NewRequest("GET", path, nil)).Path; got != want {
				t.Fatalf("%s is validated as %s", path, got)
			}
		}
	}
}

// Each check of this package must fail on a violation.
func TestSpecChecksDetectViolations(t *testing.T) {
	t.Parallel()
	routes, shared := serve(stub{}).Routes(), must(loadSpec())
	fresh := func() *openapi3.T { return must(openapi3.NewLoader().LoadFromFile("openapi.yaml")) }
	r := httptest.NewRequest("GET", "/v1/courses/go-101", nil)
	sent := func(status int, contentType, body string) response {
		return response{status, http.Header{"Content-Type": {contentType}, "Etag": {`"3.17"`}}, body}
	}
	good := sent(200, "application/json", courseJSON)
	if err := conforms(shared, r, good); err != nil {
		t.Fatal(err)
	}

	unlisted := fresh()
	unlisted.Paths.Delete("/readyz")
	if got := mismatch(unlisted, routes); got != "GET /readyz has no entry in the spec" {
		t.Errorf("a route without an entry: %q", got)
	}
	if got := mismatch(shared, routes[1:]); !strings.HasSuffix(got, "has no route") {
		t.Errorf("an operation without a route: %q", got)
	}

	incomplete := fresh()
	incomplete.Paths.Value("/v1/courses/{courseId}").Get.Responses.Delete("200")
	renamed, retyped := strings.Replace(courseJSON, "title", "name", 1), strings.Replace(courseJSON, `"Go"`, "7", 1)
	headerless := response{200, http.Header{"Content-Type": {"application/json"}}, courseJSON}
	nowhere := httptest.NewRequest("GET", "/nowhere", nil)
	for why, err := range map[string]error{
		"a status that is missing in the spec":           conforms(incomplete, r, good),
		"an unknown status":                              conforms(shared, r, sent(418, "application/json", courseJSON)),
		"another media type":                             conforms(shared, r, sent(200, "text/plain", courseJSON)),
		"a renamed field":                                conforms(shared, r, sent(200, "application/json", renamed)),
		"a field with another type":                      conforms(shared, r, sent(200, "application/json", retyped)),
		"a required header is missing":                   conforms(shared, r, headerless),
		"an unknown path is not answered with a problem": conforms(shared, nowhere, sent(404, "text/plain", "no")),
		"a problem without most of its fields":           conforms(shared, r, sent(404, "application/problem+json", `{"code":"gone"}`)),
	} {
		if err == nil {
			t.Errorf("%s passes", why)
		}
	}
}

func TestSpecListsEveryCode(t *testing.T) {
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
	for id, request := range exampleRequests() {
		if strings.Contains(request.target, "<nil>") || request.body == "null" {
			t.Errorf("%s needs an example of each parameter and of its body: %s %s %s", id, request.method, request.target, request.body)
		}
	}
}
