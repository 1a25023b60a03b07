package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/learn/exercise"
	"example.com/roster/cmd/learn/page"
)

// run runs the command with a learner's folder, and returns what it prints.
func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := command()
	c.SetArgs(append(args, "--dir", dir))
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
}

// A learner starts an exercise, asks for help, breaks something, starts again and takes the solution. Another tool reads the progress.
func TestOneExercise(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must := func(want string, args ...string) string {
		t.Helper()
		got, err := run(t, dir, args...)
		if err != nil || !strings.Contains(got, want) {
			t.Fatalf("%q: got %q, %v, want %q", args, got, err, want)
		}
		return got
	}
	var rows []struct {
		N              int
		Chapter, Title string
		Done           *bool
	}
	if err := json.Unmarshal([]byte(must("", "list", "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	const n = "1" // its check builds nothing
	title := ""
	for _, r := range rows {
		if r.N == 1 {
			title = r.Title
		}
		if r.Done == nil || *r.Done || r.Chapter == "" || r.Title == "" {
			t.Errorf("got %+v", r)
		}
	}
	must(title, "list")
	if got, err := run(t, dir, "check", n); err == nil || !strings.Contains(err.Error(), "start it by start 1") {
		t.Errorf("a check before the start: got %q, %v", got, err)
	}
	must("## What to do", "start", n)
	must("It is started already", "start", n)
	if got, err := run(t, dir, "check", n); !errors.Is(err, errNotYet) || !strings.Contains(got, "✗") || !strings.Contains(got, "hint 1") {
		t.Errorf("got %q, %v", got, err)
	}
	must("Hint 1 of 3", "hint", n)
	must("Hint 2 of 3", "hint", n)
	must("solution 1", "hint", n)

	copies, err := filepath.Glob(filepath.Join(dir, "01-*"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	if err := os.WriteFile(filepath.Join(copies[0], "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	must("Your changes are saved in", "reset", n)
	must("+++ b/", "solution", n)
	must("It has the solution", "solution", n, "--apply")
	must("What it taught", "check", n)
	must("✓  1", "list")
	must("done (solution seen)", "progress")
	var progress []map[string]any
	if err := json.Unmarshal([]byte(must("", "progress", "--json")), &progress); err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		if p["n"] == 1.0 && (p["done"] == nil || p["checks"] != 2.0 || p["hints"] != 3.0 || p["solutionSeen"] != true) {
			t.Errorf("got %v", p)
		}
	}
}

// A check of code that does not compile says so, and runs no test.
func TestCodeThatDoesNotCompile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := run(t, dir, "start", "4"); err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(filepath.Join(dir, "04-*"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	if err := os.WriteFile(filepath.Join(copies[0], "domain", "broken.go"), []byte("package domain\nfunc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := run(t, dir, "check", "4"); !errors.Is(err, errNotYet) || !strings.Contains(got, "does not compile") || !strings.Contains(got, "broken.go") {
		t.Errorf("got %q, %v", got, err)
	}
}

// The page has the same exercises, and does the same.
func TestExercisesOnThePage(t *testing.T) {
	t.Parallel()
	checkout, err := findCheckout()
	if err != nil {
		t.Fatal(err)
	}
	w := exercise.Workshop{Checkout: checkout, Dir: t.TempDir()}
	p := onPage{w}
	server := page.New(checkout, p)
	defer server.Close()
	ask := func(method, path string) string {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequest(method, "http://127.0.0.1:8083"+path, nil))
		return answer.Body.String()
	}
	e, err := w.Find(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ method, path, want string }{
		{http.MethodGet, "/", html.EscapeString(e.Title)},
		{http.MethodGet, "/exercises/1", "What to do"},
		{http.MethodPost, "/exercises/1/check", "is not started"},
		{http.MethodPost, "/exercises/1/start", "01-"},
		{http.MethodPost, "/exercises/1/start", "is started already"},
		{http.MethodPost, "/exercises/1/check", "✗"},
		{http.MethodPost, "/exercises/1/hint", "Hint 1 of 3"},
		{http.MethodPost, "/exercises/1/solution", "A solution, as a patch"},
		{http.MethodPost, "/exercises/1/reset", "Nothing had been changed"},
		{http.MethodPost, "/exercises/99/hint", "no exercise 99"},
	} {
		if got := ask(step.method, step.path); !strings.Contains(got, step.want) {
			t.Errorf("%s %s: got %s, want %q", step.method, step.path, got, step.want)
		}
	}
	if _, err := w.Apply(e, "solution.patch"); err != nil {
		t.Fatal(err)
	}
	if got := ask(http.MethodPost, "/exercises/1/check"); !strings.Contains(got, "What it taught") || !strings.Contains(got, `"done":true`) {
		t.Errorf("got %s", got)
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"start":       "accepts 1 arg",
		"start first": `N must be the number of an exercise, got "first"`,
		"start 99":    "no exercise 99",
		"reset 4":     "exercise 4 is not started",
		"learn":       `unknown command "learn"`,
	} {
		if got, err := run(t, t.TempDir(), strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q, %v, want %s", args, got, err, want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		want int
	}{
		{"list", 0},
		{"--help", 0},
		{"start", 2},
		{"start first", 2},
		{"start 99", 2},
		{"learn", 2},
		{"list --none", 2},
		{"impact first", 2},
		{"impact 99", 2},
		{"check 1", 1}, // not started
		{"start 1 --dir " + file, 1},
	} {
		var out bytes.Buffer
		c := command()
		c.SetArgs(append([]string{"--dir", dir}, strings.Fields(test.args)...))
		c.SetOut(&out)
		c.SetErr(&out)
		if got := execute(t.Context(), c); got != test.want {
			t.Errorf("%s: exit code %d, want %d: %s", test.args, got, test.want, &out)
		}
	}
}
