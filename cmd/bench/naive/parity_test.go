package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// naive must do the same as roster: it answers each request as the API does. Its own tests are in the other files, and know nothing of roster.
func TestParity(t *testing.T) {
	t.Parallel()
	own := newService(t)
	own.course(t, course{capacity: 1, open: true, waitlist: true, sequence: 1}) // in roster, opening it is its first change
	naive, roster := own.Handler, newRoster(t)
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
