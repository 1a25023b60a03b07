package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// A request is one step of the script. Its path has no generated ids.
type request struct{ method, path, body, key string }

func enroll(learner, key string) request {
	return request{http.MethodPost, "/v1/courses/go-101/enrollments", fmt.Sprintf(`{"learnerId":%q}`, learner), key}
}

func withdraw(learner, key string) request {
	return request{http.MethodDelete, "/v1/courses/go-101/enrollments/" + learner, "", key}
}

// naive must do the same as roster: it answers each request as the API does.
func TestParity(t *testing.T) {
	t.Parallel()
	naive, roster := newNaive(t, filepath.Join(t.TempDir(), "naive.db")), newRoster(t)
	for i, r := range []request{
		enroll("ada", ""),
		enroll("bob", `"b"`),
		enroll("bob", `"b"`), // again: the same answer
		enroll("eve", `"b"`), // another request under the same key
		enroll("bob", ""),
		enroll("ada", `"a"`),
		enroll("ada", `"a"`), // a refusal is saved, too
		enroll("cyd", "c"),
		withdraw("dan", ""),
		withdraw("bob", `"w"`), // leaves the waitlist
		withdraw("bob", `"w"`),
		withdraw("ada", ""), // promotes cyd
		withdraw("ada", ""),
		enroll("ada", ""), // to the end of the waitlist
		enroll("cyd", ""),
		withdraw("cyd", `"x"`), // promotes ada
		withdraw("ada", ""),    // the waitlist is empty
		enroll("eve", ""),
		{http.MethodPost, "/v1/courses/none/enrollments", `{"learnerId":"ada"}`, ""},
	} {
		got, want := ask(naive, r), ask(roster, r)
		if got != want {
			t.Errorf("%d: %s %s %s, key %q:\n naive  %s\n roster %s", i, r.method, r.path, r.body, r.key, got, want)
		}
	}
}

// A course can be created and filled by hand, without SQL.
func TestNewCourse(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, filepath.Join(t.TempDir(), "naive.db")) // as typed by hand
	if err != nil {
		t.Fatal(err)
	}
	naive := newNaive(t, relative)
	for i, step := range []struct {
		request
		want string
	}{
		{request{http.MethodPut, "/v1/courses/go-102", `{"capacity":0}`, ""}, "400 "},
		{request{http.MethodPut, "/v1/courses/go-102", `{"capacity":1}`, ""}, "201"},
		{request{http.MethodPut, "/v1/courses/go-102", `{"capacity":1}`, ""}, "500 "},
		{request{http.MethodPost, "/v1/courses/go-102/enrollments", `{"learnerId":"ada"}`, ""}, "201 "},
		{request{http.MethodPost, "/v1/courses/go-102/enrollments", `{"learnerId":"bob"}`, ""}, "202 "},
	} {
		if got := ask(naive, step.request); !strings.HasPrefix(got, step.want) {
			t.Errorf("%d: got %s, want %s", i, got, step.want)
		}
	}
}

func newNaive(t *testing.T, file string) http.Handler {
	t.Helper()
	at := "sqlite:" + file
	if _, _, err := open(t.Context(), at, true); err != nil {
		t.Fatal(err)
	}
	db, q, err := open(t.Context(), at, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	// In roster, opening the course is its first change.
	_, err = db.ExecContext(t.Context(), `INSERT INTO courses VALUES ('default', 'go-101', 1, true, true, 0, 0, 1)`)
	if err != nil {
		t.Fatal(err)
	}
	return routes(db, q)
}

func newRoster(t *testing.T) http.Handler {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	staff := func(*http.Request) (ports.Actor, error) {
		return ports.Actor{Tenant: "default", Subject: "test", Role: ports.Staff}, nil
	}
	server := httpapi.New(application.New(memstore.New()), httpapi.WithLogger(log), httpapi.WithAuthenticator(staff))
	put := request{http.MethodPut, "/v1/courses/go-101", `{"title":"Go","capacity":1}`, ""}
	if got := ask(server, put); !strings.HasPrefix(got, "201") {
		t.Fatal(got)
	}
	return server
}

// ask returns the parts of the answer that must be equal: the status, two headers, and the body without ids, times and prose.
func ask(h http.Handler, r request) string {
	asked := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	asked.Header.Set("Content-Type", "application/json")
	if r.key != "" {
		asked.Header.Set("Idempotency-Key", r.key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, asked)
	answer := w.Result()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	var body map[string]any
	if err := json.Unmarshal(content, &body); err != nil {
		return fmt.Sprintf("%d, no JSON: %s", answer.StatusCode, content)
	}
	strip(body)
	shown, err := json.Marshal(body) // in order of key
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s %s %s", answer.StatusCode, answer.Header.Get("Content-Type"), answer.Header.Get("Idempotent-Replayed"), shown)
}

// strip removes the values that may differ, but keeps whether they are present.
func strip(body map[string]any) {
	for name, value := range body {
		switch name {
		case "enrollmentId", "since":
			body[name] = value != nil && value != ""
		case "title", "detail", "instance", "correlationId":
			delete(body, name)
		case "standing", "promoted":
			if inner, ok := value.(map[string]any); ok {
				delete(inner, "position")
				strip(inner)
			}
		}
	}
}
