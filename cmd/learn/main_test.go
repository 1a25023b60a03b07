package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	const n = "4"
	title := ""
	for _, r := range rows {
		if r.N == 4 {
			title = r.Title
		}
		if r.Done == nil || *r.Done || r.Chapter == "" || r.Title == "" {
			t.Errorf("got %+v", r)
		}
	}
	must(title, "list")
	if got, err := run(t, dir, "check", n); err == nil || !strings.Contains(err.Error(), "start it by start 4") {
		t.Errorf("a check before the start: got %q, %v", got, err)
	}
	must("## What to do", "start", n)
	must("It is started already", "start", n)
	if got, err := run(t, dir, "check", n); !errors.Is(err, errNotYet) || !strings.Contains(got, "✗") || !strings.Contains(got, "hint 4") {
		t.Errorf("got %q, %v", got, err)
	}
	must("Hint 1 of 3", "hint", n)
	must("Hint 2 of 3", "hint", n)
	must("solution 4", "hint", n)

	copies, err := filepath.Glob(filepath.Join(dir, "04-*"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	file := filepath.Join(copies[0], "domain", "broken.go")
	if err := os.WriteFile(file, []byte("package domain\nfunc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := run(t, dir, "check", n); !errors.Is(err, errNotYet) || !strings.Contains(got, "does not compile") || !strings.Contains(got, "broken.go") {
		t.Errorf("got %q, %v", got, err)
	}
	must("Your changes are saved in", "reset", n)
	must("+++ b/domain/", "solution", n)
	must("It has the solution", "solution", n, "--apply")
	must("What it taught", "check", n)
	must("✓  4", "list")
	must("done (solution seen)", "progress")
	var progress []map[string]any
	if err := json.Unmarshal([]byte(must("", "progress", "--json")), &progress); err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		if p["n"] == 4.0 && (p["done"] == nil || p["checks"] != 3.0 || p["hints"] != 3.0 || p["solutionSeen"] != true) {
			t.Errorf("got %v", p)
		}
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"start":       "accepts 1 arg",
		"start first": `N must be the number of an exercise, got "first"`,
		"start 99":    "no exercise 99",
		"reset 4":     "exercise 4 is not started",
		"learn":       "unknown command",
	} {
		if got, err := run(t, t.TempDir(), strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q, %v, want %s", args, got, err, want)
		}
	}
}
