package signup_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/roster/exercise/signup"
	"example.com/roster/exercise/signup/table"
)

// The package rule is another one here: one seat on any course, and the waitlist for all others. No one leaves the waitlist, and a closed
// course promotes while an open one does not.
func TestAnotherRule(t *testing.T) {
	service := signup.New(table.New())
	for _, step := range []struct{ method, path, body, want string }{
		{"PUT", "/courses/odd", `{"capacity":0,"open":false,"waitlist":false}`, `201 {}`},
		{"POST", "/courses/odd/enrollments", `{"learnerId":"ada"}`, `201 {"learnerId":"ada","status":"enrolled"}`},
		{"POST", "/courses/odd/enrollments", `{"learnerId":"eve"}`, `202 {"learnerId":"eve","status":"waitlisted","position":1}`},
		{"POST", "/courses/odd/enrollments", `{"learnerId":"eve"}`, `409 {"code":"one_is_enough"}`},
		{"DELETE", "/courses/odd/enrollments/eve", ``, `409 {"code":"not_today"}`},
		{"DELETE", "/courses/odd/enrollments/ada", ``, `200 {"learnerId":"ada","status":"withdrawn","promoted":"eve"}`},
		{"POST", "/courses/odd/enrollments", `{"learnerId":"bob"}`, `202 {"learnerId":"bob","status":"waitlisted","position":1}`},
		{"PUT", "/courses/open", `{"capacity":1}`, `201 {}`},
		{"POST", "/courses/open/enrollments", `{"learnerId":"ada"}`, `201 {"learnerId":"ada","status":"enrolled"}`},
		{"POST", "/courses/open/enrollments", `{"learnerId":"eve"}`, `202 {"learnerId":"eve","status":"waitlisted","position":1}`},
		{"DELETE", "/courses/open/enrollments/ada", ``, `200 {"learnerId":"ada","status":"withdrawn"}`},
		{"POST", "/courses/open/enrollments", `{"learnerId":"bob"}`, `201 {"learnerId":"bob","status":"enrolled"}`},
	} {
		w := httptest.NewRecorder()
		service.ServeHTTP(w, httptest.NewRequest(step.method, step.path, strings.NewReader(step.body)))
		if got := fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String())); got != step.want {
			t.Fatalf("The handler does not follow another rule. Something is still decided in handler.go: see %s %s %s\n got  %s\n want %s",
				step.method, step.path, step.body, got, step.want)
		}
	}
}
