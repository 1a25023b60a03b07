package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/adapters/sqlite"
)

// After forget, no file of the database has the id: neither while another process has the database open, nor after the last one ended.
func TestForgottenIDIsInNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &school{t, nil, dir}
	open, err := sqlite.Open(t.Context(), filepath.Join(dir, "roster.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if _, err := open.Backlog(t.Context()); err != nil { // a connection that stays
		t.Fatal(err)
	}
	s.put("a 1", "b 50")
	var many []string
	for i := range 60 { // so that pages are split while they have the ids
		many = append(many, "a other-"+strings.Repeat("x", i), "b other-"+strings.Repeat("y", i))
	}
	for _, learner := range []string{"ada-7f3a", "bob-7f3a"} {
		s.must("", "enroll a "+learner+" --key k-"+learner[:3])
		s.must(rows(many...), "import FILE")
		s.must("", "withdraw a "+learner)
		s.must("", "enroll b "+learner)
	}
	s.must("", "rename bob-7f3a cyd-7f3a")
	s.must("", "forget ada-7f3a")
	s.must("", "forget cyd-7f3a")
	requireInNoFile := func(when string) {
		files, err := filepath.Glob(filepath.Join(dir, "roster.db*"))
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, file := range files {
			if text, err := os.ReadFile(file); err != nil || bytes.Contains(text, []byte("-7f3a")) {
				t.Errorf("%s, %s has an id that is forgotten: %v", when, filepath.Base(file), err)
			}
		}
	}
	requireInNoFile("with the database open")
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	requireInNoFile("at the end")
}
