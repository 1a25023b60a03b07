package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/roster/exercise/signup/rule"
	"example.com/roster/exercise/signup/usecase"
	"example.com/roster/exercise/signup/web"
)

// A memory is a store of one course. As rule 3 of the port permits, it calls decide twice: first with values that are no longer true.
type memory struct {
	exists    bool
	course    rule.Course
	standings []usecase.Standing // in the order in which they were saved
}

func (m *memory) Update(_, learner string, decide func(usecase.Loaded) (usecase.Changes, error)) error {
	loaded := usecase.Loaded{Exists: m.exists, Course: m.course}
	for _, s := range m.standings {
		if s.Learner == learner {
			loaded.Held = s.Status
		}
		if loaded.FirstWaiting == "" && s.Status == "waitlisted" {
			loaded.FirstWaiting = s.Learner
		}
	}
	stale := usecase.Loaded{Exists: true, Course: rule.Course{Capacity: 1, Seats: 1, Waiting: 1, Open: true, Waitlist: true}, FirstWaiting: "zoe"}
	if loaded.Held == "enrolled" || loaded.Held == "waitlisted" {
		stale.Held = "enrolled"
	}
	_, _ = decide(stale)
	changes, err := decide(loaded)
	if err != nil {
		return err
	}
	for _, s := range changes.Standings {
		kept := m.standings[:0:0]
		for _, before := range m.standings {
			if before.Learner != s.Learner {
				kept = append(kept, before)
			}
		}
		m.standings = append(kept, s)
	}
	m.exists, m.course = true, changes.Course
	return nil
}

func ask(service http.Handler, method, path, body string) string {
	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))
}

func TestStoreInMemory(t *testing.T) {
	service := web.New(usecase.NewService(new(memory)))
	for _, step := range []struct{ method, path, body, want string }{
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`, `404 {"code":"course_not_found"}`},
		{"PUT", "/courses/go", `{"capacity":1}`, `201 {}`},
		{"PUT", "/courses/go", `{"capacity":1}`, `409 {"code":"already_exists"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`, `201 {"learnerId":"ada","status":"enrolled"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"eve"}`, `202 {"learnerId":"eve","status":"waitlisted","position":1}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"bob"}`, `202 {"learnerId":"bob","status":"waitlisted","position":2}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"bob"}`, `409 {"code":"already_waitlisted"}`},
		{"DELETE", "/courses/go/enrollments/ada", ``, `200 {"learnerId":"ada","status":"withdrawn","promoted":"eve"}`},
		{"DELETE", "/courses/go/enrollments/ada", ``, `404 {"code":"not_enrolled"}`},
		{"DELETE", "/courses/go/enrollments/bob", ``, `200 {"learnerId":"bob","status":"withdrawn"}`},
		{"DELETE", "/courses/go/enrollments/eve", ``, `200 {"learnerId":"eve","status":"withdrawn"}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"cyd"}`, `201 {"learnerId":"cyd","status":"enrolled"}`},
	} {
		if got := ask(service, step.method, step.path, step.body); got != step.want {
			t.Fatalf("on a store that calls decide twice, with other values the first time, as rule 3 of the port permits: %s %s %s\n got  %s\n want %s",
				step.method, step.path, step.body, got, step.want)
		}
	}
}

type broken struct{}

func (broken) Update(string, string, func(usecase.Loaded) (usecase.Changes, error)) error {
	return errors.New("the disk of db-7 is full")
}

func TestStoreThatFails(t *testing.T) {
	service := web.New(usecase.NewService(broken{}))
	for _, request := range [][3]string{
		{"PUT", "/courses/go", `{"capacity":1}`},
		{"POST", "/courses/go/enrollments", `{"learnerId":"ada"}`},
		{"DELETE", "/courses/go/enrollments/ada", ``},
	} {
		got := ask(service, request[0], request[1], request[2])
		if !strings.HasPrefix(got, "500 ") || strings.Contains(got, "db-7") {
			t.Errorf("%s %s on a store that fails: want status 500 and no word about the disk, got %s\nA failure is not a refusal, and clients have no use for its text.",
				request[0], request[1], got)
		}
	}
}
