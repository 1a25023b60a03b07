package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/recorder"
	"example.com/roster/cmd/proof/source"
	"example.com/roster/ports/portstest"
)

// Each package is on its side of the drawing, and no box covers another.
func TestHexagonOfTheCheckout(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	packages := drawing.Packages(tree)
	rooms, edges := draw(packages)
	if len(rooms) != len(packages)+2 {
		t.Errorf("%d packages have %d rooms, want two more: the client and the broker", len(packages), len(rooms))
	}
	for i, a := range rooms {
		if a.Points == "" && (a.X < 0 || a.X+a.Width() > 1000 || a.Corner() < 0 || a.Corner()+boxHeight > 660) {
			t.Errorf("%s is outside of the drawing: %v", a.Name, a)
		}
		for _, b := range rooms[:i] {
			if a.Points == "" && b.Points == "" && a.X < b.X+b.Width() && b.X < a.X+a.Width() && abs(a.Y-b.Y) < boxHeight {
				t.Errorf("%s covers %s", a.Name, b.Name)
			}
		}
	}
	found := make(map[string]bool)
	for _, e := range edges {
		found[e.From+" "+e.To] = true
	}
	if !found["adapters/httpapi ports"] || !found["adapters/sqlite adapters/internal/sqlstore"] || found["cmd/roster application"] {
		t.Errorf("the imports are %v", edges)
	}
	text := ask(newServer(t), "GET", "/hexagon", "").Body.String()
	for _, want := range []string{`data-room="adapters/nats"`, `data-from="adapters/sqlite" data-to="adapters/internal/sqlstore"`, `<td>Commands, Queries`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	calls := []recorder.Call{
		{File: "adapters/httpapi/a.go", Function: "Serve"},
		{File: "adapters/httpapi/internal/api/b.go", Function: "Enroll", Callers: []string{"adapters/httpapi"}},
		{File: "ports/action.go", Function: "Enroll.Name", Callers: []string{"adapters/httpapi"}},
		{File: "application/a.go", Function: "Submit", Callers: []string{"adapters/httpapi"}},
		{File: "domain/id.go", Function: "Validate", Callers: []string{"application"}},
		{File: "domain/roster.go", Function: "Enroll", Callers: []string{"application"}},
		{File: "application/a.go", Function: "Save", Callers: []string{"application", "adapters/httpapi"}},
		{File: "application/a.go", Function: "Save", Callers: []string{"application", "adapters/httpapi"}},
		{File: "adapters/observe/a.go", Function: "Exec", Callers: []string{"application"}},
		{File: "adapters/sqlite/a.go", Function: "Exec", Callers: []string{"adapters/observe", "application"}, Carried: []recorder.Carried{
			{Kind: "SQL", Parts: []any{" SELECT $1", []any{map[string]any{"Value": "go-101"}, map[string]any{"Value": 2.0}}}},
		}},
		{File: "application/a.go", Function: "decide", Callers: []string{"adapters/sqlite", "application"}},
		{File: "broker/", Function: "roster.events.x", Callers: []string{"adapters/nats"}, Carried: []recorder.Carried{{Kind: "message", Parts: []any{"{}"}}}},
	}
	steps := stepsOf(calls, true)
	var got []string
	for _, s := range steps {
		got = append(got, fmt.Sprintf("%s>%s %t %t %d %v %v", s.From, s.Room, s.Returns, s.Port, len(s.Calls), s.Also, s.Carries))
	}
	want := []string{
		"client>adapters/httpapi false false 3 [ports] []",
		"adapters/httpapi>application false true 2 [domain] []",
		"application>domain false false 1 [] []",
		"domain>application true false 2 [adapters/observe] []",
		"application>adapters/sqlite false true 1 [] [{SQL SELECT $1\n-- [\"go-101\",2]}]",
		"adapters/sqlite>application false true 1 [] []",
		"adapters/nats>broker false false 0 [] [{subject roster.events.x} {message {}}]",
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("the steps are\n%q\nwant\n%q", got, want)
	}
}

// What fails is said, and can be tried again.
func TestWalkWithoutAProgram(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	built := make(chan bool)
	s.walker.program = &program{name: "recorded", build: func(context.Context, string, string) (string, error) {
		built <- true
		return "", errors.New("no compiler")
	}}
	for _, path := range []string{"/hexagon/prepare", "/hexagon/walk"} {
		if w := ask(s, "POST", path, "{}"); w.Code != http.StatusAccepted {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := ask(s, "POST", "/hexagon/walk", "{}"); w.Code != http.StatusConflict {
			t.Errorf("a second one at the same time: %d", w.Code)
		}
		portstest.Receive(t, "the program is built", built)
		s.walker.mu.Lock()
		_, _, events, _ := s.walker.stream.after(-1, 0)
		s.walker.mu.Unlock()
		if got, want := fmt.Sprintf("%s", events), `[{"state":"failed","says":"no compiler"}]`; got != want {
			t.Errorf("the events are %s, want %s", got, want)
		}
	}
}

// lastWalk waits for the end of a walk, and returns it.
func lastWalk(t *testing.T, s *Server) (e walkEvent) {
	t.Helper()
	for {
		_, _, events, changed := s.walker.stream.after(-1, 0)
		if len(events) > 0 {
			if err := json.Unmarshal(events[len(events)-1], &e); err != nil {
				t.Fatal(err)
			}
			switch e.State {
			case "walked":
				return e
			case "failed":
				t.Fatal(e.Says)
			}
		}
		<-changed
	}
}

// An enrollment passes the rooms that the tour names, with its SQL and JSON, and then its event is published.
func TestWalk(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	for i, says := range []string{"ada has a seat.", "bob has a seat.", "cyd is number 1 on the waitlist."} {
		portstest.Eventually(t, "a walk begins", func() bool { return ask(s, "POST", "/hexagon/walk", "{}").Code == http.StatusAccepted })
		s.walker.mu.Lock() // the walk has ended
		e := lastWalk(t, s)
		s.walker.mu.Unlock()
		if e.Says != says {
			t.Errorf("it says %q, want %q", e.Says, says)
		}
		var rooms []string
		var carries strings.Builder
		for _, step := range e.Steps {
			rooms = append(rooms, step.Room)
			for _, c := range step.Carries {
				fmt.Fprintf(&carries, "%s %s\n", c.Kind, c.Text)
			}
		}
		path := strings.Join(rooms, " ")
		t.Logf("%d steps: %s", len(rooms), path)
		if i == 0 {
			t.Log(carries.String())
		}
		for _, room := range []string{"adapters/httpapi", "adapters/identity", "application", "domain", "adapters/internal/sqlstore", "adapters/sqlite", "client", "adapters/nats", "broker"} {
			_, rest, ok := strings.Cut(path, room)
			if !ok {
				t.Errorf("the path does not pass %s: %s", room, path)
			}
			if room != "application" && room != "adapters/httpapi" { // which are entered before the next more than once
				path = rest
			}
		}
		for _, want := range []string{"JSON POST /v1/courses/go-101/enrollments", "SQL INSERT INTO", "SQL SELECT", "JSON 20", "subject roster.events.default.go-101.learner_", `"type":"learner.`} {
			if !strings.Contains(carries.String(), want) {
				t.Errorf("nothing carries %s: %s", want, &carries)
			}
		}
	}
}
