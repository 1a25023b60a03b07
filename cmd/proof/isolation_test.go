package proof_test

import (
	"fmt"
	"strings"
	"testing"
)

// An operation is one request of the API, with the status of its response for each role in the tenant of the course.
type operation struct {
	name, method, path, body string
	learner, staff, partner  int // status in the tenant of the course
	stranger                 int // status for staff of another tenant
}

// The caller is ada. Another learner is bob. Staff enrolled both before.
var operations = []operation{
	{"enroll the caller by name", "POST", "/v1/courses/go/enrollments", `{"learnerId":"ada"}`, 409, 409, 403, 404},
	{"enroll the caller", "POST", "/v1/courses/go/enrollments", `{}`, 409, 422, 403, 422},
	{"enroll another", "POST", "/v1/courses/go/enrollments", `{"learnerId":"bob"}`, 403, 409, 403, 404},
	{"enroll by the unversioned path", "POST", "/courses/go/enrollments", `{"learnerId":"bob"}`, 403, 409, 403, 404},
	{"see the caller", "GET", "/v1/courses/go/enrollments/ada", "", 200, 200, 403, 404},
	{"see another", "GET", "/v1/courses/go/enrollments/bob", "", 403, 200, 403, 404},
	{"list", "GET", "/v1/courses/go/enrollments", "", 403, 200, 403, 404},
	{"see the course", "GET", "/v1/courses/go", "", 200, 200, 200, 404},
	{"see courses", "GET", "/v1/courses", "", 200, 200, 200, 200},
	{"put the course", "PUT", "/v1/courses/go", `{"capacity":2}`, 403, 200, 403, 404},
	{"enroll as a partner", "POST", "/partner/v1/enrollments", `{"reference":"r1","course":"go","person":"bob"}`, 403, 403, 200, 403},
	{"see the caller's enrollments", "GET", "/v1/learners/ada/enrollments", "", 200, 200, 403, 200},
	{"see another's enrollments", "GET", "/v1/learners/bob/enrollments", "", 403, 200, 403, 200},
	{"act for the caller and another", "POST", "/v1/commands",
		`{"actions":[{"action":"enroll","courseId":"go","learnerId":"ada"},{"action":"withdraw","courseId":"go","learnerId":"bob"}]}`, 403, 409, 403, 404},
	{"act for the caller, all or nothing", "POST", "/v1/commands", `{"actions":[{"action":"enroll","courseId":"go","learnerId":"ada"}]}`, 409, 409, 403, 404},
	{"withdraw another", "DELETE", "/v1/courses/go/enrollments/bob", "", 403, 200, 403, 404},
	{"withdraw the caller", "DELETE", "/v1/courses/go/enrollments/ada", "", 200, 200, 403, 404},
}

// Every operation × every role × own and other tenant, on every store: no caller sees or changes what the role does not allow.
func TestIsolation(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		url := s.serve(t)
		as := func(subject, role, tenant string) client {
			c := newClient(t, url)
			c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", subject, "--role", role, "--tenant", tenant))
			return c
		}
		ask := func(c client, o operation, want int) {
			t.Helper()
			status, _, body, err := c.do(o.method, o.path, "", o.body)
			if err != nil || status != want {
				t.Errorf("%s: %d, %v, want %d\n%s", o.name, status, err, want, body)
			}
			if want == 404 && strings.Contains(string(body), "Golang") {
				t.Errorf("%s shows what another tenant has: %s", o.name, body)
			}
		}
		s.must(t, "", "course", "put", "go", "--title", "Golang", "--capacity", "2")
		s.must(t, "", "enroll", "go", "ada")
		s.must(t, "", "enroll", "go", "bob")

		store := s.open(t)
		before := dump(t, store)
		for _, o := range operations {
			ask(as("boss", "staff", "other"), o, o.stranger)
			ask(newClient(t, url), o, 401)
			ask(as("ada", "learner", "other"), o, strangerAs("learner", o))
			ask(as("shop", "partner", "other"), o, strangerAs("partner", o))
		}
		if after := dump(t, store); after != before {
			t.Errorf("callers of another tenant changed the store: %s", firstDifference(before, after))
		}
		for _, role := range []struct {
			subject, role string
			want          func(operation) int
		}{
			{"ada", "learner", func(o operation) int { return o.learner }},
			{"shop", "partner", func(o operation) int { return o.partner }},
			{"boss", "staff", func(o operation) int { return o.staff }},
		} {
			s.must(t, "", "course", "put", "go", "--capacity", "9")
			for _, learner := range []string{"ada", "bob"} { // as before
				if r := s.run(t, "", "enroll", "go", learner); r.code != 0 && r.code != 3 {
					t.Fatal(r.stderr)
				}
			}
			c := as(role.subject, role.role, "default")
			for _, o := range operations {
				o.name = fmt.Sprint(role.role, ": ", o.name)
				ask(c, o, role.want(o))
			}
		}
		s.mustCheck(t)
	})
}

// strangerAs returns the status of an operation for a role in a tenant that has no such course: refused for the role, declined to
// the partner, or not found.
func strangerAs(role string, o operation) int {
	own := o.learner
	if role == "partner" {
		own = o.partner
	}
	if own == 403 || own == 422 || o.path == "/v1/courses" || o.path == "/v1/learners/ada/enrollments" || strings.HasPrefix(o.path, "/partner") {
		return own
	}
	return 404
}
