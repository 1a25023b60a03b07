package signup_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/roster/exercise/signup"
	"example.com/roster/exercise/signup/table"
)

// Requests in order, and the answers.
func TestService(t *testing.T) {
	t.Parallel()
	service := signup.New(table.New())
	for i, step := range []struct{ method, path, body, want string }{
		{"PUT", "/courses/go", `{"capacity":1}`, `201 {}`},
		{"PUT", "/courses/go", `{"capacity":1}`, `409 {"code":"already_exists"}`},
		{"PUT", "/courses/closed", `{"capacity":1,"open":false}`, `201 {}`},
		{"PUT", "/courses/small", `{"capacity":0,"waitlist":false}`, `201 {}`},
		{"POST", "/courses/go/enrollments", `{`, `400 {"code":"malformed_request"}`},
		{"POST", "/courses/none/enrollments", `{"learnerId":"ada"}`, `404 {"code":"course_not_found"}`},
		{"POST", "/courses/closed/enrollments", `{"learnerId":"ada"}`, `409 {"code":"course_closed"}`},
		{"POST", "/courses/small/enrollments", `{"learnerId":"ada"}`, `409 {"code":"course_full"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`, `201 {"learnerId":"ada","status":"enrolled"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`, `409 {"code":"already_enrolled"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"eve"}`, `202 {"learnerId":"eve","status":"waitlisted","position":1}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"bob"}`, `202 {"learnerId":"bob","status":"waitlisted","position":2}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"bob"}`, `409 {"code":"already_waitlisted"}`},
		{"DELETE", "/courses/go/enrollments/cyd", ``, `404 {"code":"not_enrolled"}`},
		{"DELETE", "/courses/go/enrollments/ada", ``, `200 {"learnerId":"ada","status":"withdrawn","promoted":"eve"}`},
		{"DELETE", "/courses/go/enrollments/ada", ``, `404 {"code":"not_enrolled"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`, `202 {"learnerId":"ada","status":"waitlisted","position":2}`},
		{"DELETE", "/courses/go/enrollments/ada", ``, `200 {"learnerId":"ada","status":"withdrawn"}`},
		{"DELETE", "/courses/go/enrollments/eve", ``, `200 {"learnerId":"eve","status":"withdrawn","promoted":"bob"}`},
		{"DELETE", "/courses/go/enrollments/bob", ``, `200 {"learnerId":"bob","status":"withdrawn"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"cyd"}`, `201 {"learnerId":"cyd","status":"enrolled"}`},
	} {
		w := httptest.NewRecorder()
		service.ServeHTTP(w, httptest.NewRequest(step.method, step.path, strings.NewReader(step.body)))
		if got := fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String())); got != step.want {
			t.Fatalf("%d: %s %s %s: got %s, want %s", i+1, step.method, step.path, step.body, got, step.want)
		}
	}
}
