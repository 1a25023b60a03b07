package promises_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The API: headers, and JSON names as they are sent. Operations and schemas are held by adapters/httpapi/baseline.yaml.
func TestHTTP(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	c, _, _ := s.serve(t, "--rate-limit", "1000000/1m")
	partner := c
	partner.token = s.token(t, "partner")
	nobody := c
	nobody.token = ""
	var lines []string
	ask := func(c client, name string, want int, method, path, body string, headers ...string) []byte {
		t.Helper()
		status, header, content, err := c.do(method, path, body, headers...)
		if err != nil || want != 0 && status != want {
			t.Errorf("%s: %d, %v, want %d\n%s", name, status, err, want, content)
			return nil
		}
		for h := range header {
			lines = append(lines, fmt.Sprint(name, ": header ", h))
		}
		if want == 0 { // the answer depends on the day
			return nil
		}
		lines = append(lines, fmt.Sprintf("%s: %d %s", name, status, header.Get("Content-Type")))
		if strings.Contains(header.Get("Content-Type"), "json") && name != "openapi" {
			lines = append(lines, prefixed(name+": ", namesIn(t, content))...)
		}
		return content
	}
	ask(c, "put new", 201, "PUT", "/v1/courses/a", `{"title":"A","capacity":1}`)
	ask(c, "put", 200, "PUT", "/v1/courses/a", `{"title":"A","capacity":1}`)
	ask(c, "put stale", 412, "PUT", "/v1/courses/a", `{"title":"A","capacity":1}`, `If-Match: "7"`)
	ask(c, "put existing", 412, "PUT", "/v1/courses/a", `{"title":"B","capacity":1}`, `If-None-Match: *`)
	ask(c, "enroll", 201, "POST", "/v1/courses/a/enrollments", `{"learnerId":"ada"}`, `Idempotency-Key: "k"`)
	ask(c, "enroll again", 201, "POST", "/v1/courses/a/enrollments", `{"learnerId":"ada"}`, `Idempotency-Key: k`)
	ask(c, "enroll, waitlisted", 202, "POST", "/v1/courses/a/enrollments", `{"learnerId":"bob"}`, "X-Correlation-ID: x")
	ask(c, "enroll, refused", 409, "POST", "/v1/courses/a/enrollments", `{"learnerId":"bob"}`)
	ask(c, "enroll, wrong", 422, "POST", "/v1/courses/a/enrollments", `{"learnerId":"\u0000"}`)
	ask(c, "unversioned", 0, "POST", "/courses/a/enrollments", `{"learnerId":"bob"}`)
	ask(c, "show enrollment", 200, "GET", "/v1/courses/a/enrollments/bob", "")
	page := ask(c, "enrollments", 200, "GET", "/v1/courses/a/enrollments?pageSize=1", "")
	ask(c, "withdraw", 200, "DELETE", "/v1/courses/a/enrollments/ada", "")
	ask(c, "show", 200, "GET", "/v1/courses/a", "")
	ask(c, "courses", 200, "GET", "/v1/courses", "")
	ask(partner, "partner", 200, "POST", "/partner/v1/enrollments", `{"reference":"r1","course":"a","person":"eve"}`)
	ask(partner, "partner, declined", 200, "POST", "/partner/v1/enrollments", `{"reference":"r2","course":"a","person":"bob"}`)
	ask(nobody, "nobody", 401, "GET", "/v1/courses", "")
	ask(nobody, "health", 200, "GET", "/healthz", "")
	ask(nobody, "openapi", 200, "GET", "/openapi.json", "")
	ask(nobody, "home", 200, "GET", "/", "")
	ask(nobody, "docs", 200, "GET", "/docs", "")
	ask(nobody, "not found", 404, "GET", "/nowhere", "")
	var parts struct{ Checks map[string]any }
	ready := ask(nobody, "ready", 200, "GET", "/readyz", "")
	if err := json.Unmarshal(ready, &parts); err != nil {
		t.Fatal(err)
	}
	lines = append(lines, "ready parts: "+strings.Join(slices.Sorted(maps.Keys(parts.Checks)), " "))

	var first struct{ NextPageToken string }
	if err := json.Unmarshal(page, &first); err != nil {
		t.Fatal(err)
	}
	lines = append(lines, "page token: "+first.NextPageToken)
	const madeBefore = "eyJsaXN0IjoiL3YxL2NvdXJzZXMvYS9lbnJvbGxtZW50cz8iLCJhZnRlciI6IjIifQ" // by commit 9803e71, for the page behind ada
	ask(c, "a page by an old token", 200, "GET", "/v1/courses/a/enrollments?pageToken="+madeBefore, "")

	ask(c, "command", 200, "POST", "/v1/commands", `{"actions":[{"action":"enroll","courseId":"a","learnerId":"fay"},
		{"action":"withdraw","courseId":"a","learnerId":"bob","enrollmentId":"`+liveOf(t, c, "a", "bob")+`"}]}`)
	ask(c, "command, refused", 409, "POST", "/v1/commands", `{"actions":[{"action":"enroll","courseId":"a","learnerId":"fay","seatOnly":true}]}`)
	ask(c, "command, wrong", 422, "POST", "/v1/commands", `{"actions":[{"action":"enroll","courseId":"..","learnerId":"fay"}]}`)
	ask(c, "withdraw, another enrollment", 409, "DELETE", "/v1/courses/a/enrollments/fay?enrollmentId=x", "")
	ask(c, "put another", 201, "PUT", "/v1/courses/2024FA%2FA", `{"title":"A","capacity":1}`)
	ask(c, "enroll there", 201, "POST", "/v1/courses/2024FA%2FA/enrollments", `{"learnerId":"fay"}`)
	page = ask(c, "enrollments of a learner", 200, "GET", "/v1/learners/fay/enrollments?pageSize=1", "")
	if err := json.Unmarshal(page, &first); err != nil {
		t.Fatal(err)
	}
	lines = append(lines, "page token of a learner: "+first.NextPageToken)
	ask(c, "misspelled parameter", 400, "GET", "/v1/courses/a/enrollments?Status=withdrawn", "")
	ask(c, "a parameter of another operation", 400, "GET", "/v1/learners/fay/enrollments?status=enrolled", "")
	ask(c, "withdraw, unknown parameter", 400, "DELETE", "/v1/courses/a/enrollments/fay?enrollment=x", "")
	hold(t, "http", lines)
}

// liveOf returns the learner's enrollment.
func liveOf(t *testing.T, c client, course, learner string) string {
	t.Helper()
	_, _, body, err := c.do("GET", "/v1/courses/"+course+"/enrollments/"+learner, "")
	var got struct{ EnrollmentID string }
	if err != nil || json.Unmarshal(body, &got) != nil {
		t.Fatalf("%v, %s", err, body)
	}
	return got.EnrollmentID
}

// failing is a service that answers one kind of error.
type failing struct {
	ports.Service
	kind domain.Kind
}

func (f failing) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(commands))
	for i := range replies {
		replies[i].Err = f.kind
	}
	return replies
}

// The status, the code, the type and the headers of each kind of error, and the page that explains it.
func TestProblems(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, kind := range ports.Kinds() {
		server := httpapi.New(failing{kind: kind}, httpapi.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
			httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
				return ports.Actor{Tenant: "default", Subject: "promises", Role: ports.Staff}, nil
			}))
		request := httptest.NewRequest("POST", "/v1/courses/a/enrollments", strings.NewReader(`{"learnerId":"ada"}`))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		var problem struct{ Type, Code string }
		if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil {
			t.Fatal(err)
		}
		page := httptest.NewRecorder()
		server.ServeHTTP(page, httptest.NewRequest("GET", problem.Type, nil))
		line := fmt.Sprintf("%s: %d %s %s, explained %d", kind, answer.Code, problem.Code, problem.Type, page.Code)
		for _, header := range []string{"Retry-After", "Www-Authenticate"} {
			if answer.Header().Get(header) != "" {
				line += ", " + header
			}
		}
		lines = append(lines, line)
	}
	hold(t, "problems", lines)
}
