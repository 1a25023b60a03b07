package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/ports"
)

// Each operation of the spec refuses what is nearly one of its parameters, and names the right one. It ignores other unknown parameters,
// unless it changes something and has parameters, as withdraw does.
func TestMisspelledParametersAreNamed(t *testing.T) {
	t.Parallel()
	tried := 0
	for path, item := range must(loadSpec()).Paths.Map() {
		for _, o := range item.Operations() {
			request := exampleRequests()[o.OperationID]
			by := staff
			if o.OperationID == "enrollForPartner" {
				by.Role = ports.Partner
			}
			s := serve(stub{outcome: ports.Outcome{Standing: seated, Course: courseA}}, as(by), httpapi.WithClock(before))
			strict := o.OperationID == "withdraw"
			unknown := send(t, s, request.method, request.target+"?x=1&verbose=true&utm_source=a&Bearer=b", request.body)
			if strict && unknown.status != 400 || !strict && unknown.status >= 300 {
				t.Errorf("%s with unknown parameters: %d %s", o.OperationID, unknown.status, unknown.body)
			}
			for _, p := range slices.Concat(item.Parameters, o.Parameters) {
				name := p.Value.Name
				if p.Value.In != "query" {
					got := send(t, s, request.method, request.target+"?"+strings.ToUpper(name)+"=1", request.body)
					if strict && got.status != 400 || !strict && got.status >= 300 {
						t.Errorf("%s: %s is no parameter of the query: %d %s", o.OperationID, name, got.status, got.body)
					}
					continue
				}
				tried++
				wrong := []string{strings.ToUpper(name), name + "s", "x" + name, name[1:], name[1:2] + name[:1] + name[2:], "_" + name[1:]}
				if name == "pageSize" {
					wrong = append(wrong, "limit", "page_size")
				}
				for _, w := range wrong {
					got := problem(t, s, 400, "malformed_request", request.method, request.target+"?"+w+"=1&x=2", request.body)
					if want := fmt.Sprintf("unknown parameter %s; did you mean %s?", w, name); got.decoded(t)["detail"] != want {
						t.Errorf("%s?%s: %s, want %q", path, w, got.body, want)
					}
					if !strings.Contains(got.body, `"pointer":"/`+w+`"`) {
						t.Errorf("%s?%s: %s", path, w, got.body)
					}
				}
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d parameters", tried)
	}
}

func TestMisspelledParametersByMethod(t *testing.T) {
	t.Parallel()
	s := serve(stub{outcome: ports.Outcome{Standing: seated, Course: courseA}})
	for request, status := range map[string]int{
		"HEAD /v1/courses?Open=true": 400, "HEAD /v1/courses?open=true": 200, "GET /v1/courses?status=enrolled": 400, "GET /v1/courses?limit=2": 400,
		"GET /v1/courses/go-101?limit=2": 200, "GET /v1/courses?Limit=2": 400, "GET /v1/courses?offset=2&sort=a": 200,
		"GET /v1/courses/go-101/enrollments?status=enrolled&Status=withdrawn": 400, "GET /v1/courses/go-101/enrollments?%53tatus=withdrawn": 400,
		"GET /nowhere?Status=withdrawn": 404, "POST /v1/courses?Open=true": 405,
		"POST /v1/courses?open=true": 405, "GET /v1/courses?Status=x": 400, "HEAD /v1/courses?x=1": 200, "HEAD /v1/courses?status=enrolled": 400,
		"GET /v1/courses/go-101?pageSize=2": 400, "GET /v1/courses/go-101?PageSize=2": 400, "GET /docs?status=enrolled": 200,
	} {
		method, target, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, httptest.NewRequest(method, target, nil)); w.Code != status {
			t.Errorf("%s: %d, want %d: %s", request, w.Code, status, w.Body)
		}
	}
	unknown := httpapi.New(stub{}, httpapi.WithLogger(slog.New(slog.DiscardHandler)))
	if got := send(t, unknown, "GET", "/v1/courses?Open=true", ""); got.status != 401 {
		t.Errorf("without a token: %d", got.status)
	}
}

// Nothing that may decide about a change is ignored. A mocked service fails the test if it is called.
func TestChangesRefuseUnknownParameters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"enrollment", "id", "enrolId", "ifEnrollment", "x", "status", "Idempotency-Key"} {
		got := problem(t, serve(mocked(t)), 400, "malformed_request", "DELETE", "/v1/courses/go-101/enrollments/ada?enrollmentId=e-1&"+name+"=e-1", "")
		if want := "unknown parameter " + name + "; this operation has enrollmentId"; got.decoded(t)["detail"] != want {
			t.Errorf("%s: %s, want %q", name, got.body, want)
		}
	}
}

// A parameter of another operation of the same API is not ignored.
func TestParametersOfOtherOperations(t *testing.T) {
	t.Parallel()
	for operation, parameter := range map[string]string{
		"listLearnerEnrollments": "status", "listEnrollments": "open", "listCourses": "enrollmentId", "getCourse": "pageToken",
		"getEnrollment": "enrollmentId", "enroll": "enrollmentId", "submitCommand": "enrollmentId", "putCourse": "open",
	} {
		request := exampleRequests()[operation]
		got := problem(t, serve(mocked(t)), 400, "malformed_request", request.method, request.target+"?"+parameter+"=e-1", request.body)
		if want := "this operation has no " + parameter; got.decoded(t)["detail"] != want {
			t.Errorf("%s: %s, want %q", operation, got.body, want)
		}
	}
}

func TestParametersAreGivenOnce(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, item := range must(loadSpec()).Paths.Map() {
		for _, o := range item.Operations() {
			for _, p := range o.Parameters {
				if p.Value.In != "query" {
					continue
				}
				tried++
				request, name := exampleRequests()[o.OperationID], p.Value.Name
				got := problem(t, serve(mocked(t)), 400, "malformed_request", request.method, request.target+"?"+name+"=1&"+name+"=1", request.body)
				if want := "give " + name + " once"; got.decoded(t)["detail"] != want {
					t.Errorf("%s: %s, want %q", o.OperationID, got.body, want)
				}
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d parameters", tried)
	}
}
