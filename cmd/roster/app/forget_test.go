package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"example.com/roster/adapters/sqlite"
)

// After forget, no file of the database has the id, also while another process has the database open. Now and then SQLite leaves a copy in
// a page where it has moved a row: one of a hundred databases such as these has it, and without secure_delete all do.
func TestForgottenIDIsInNoFile(t *testing.T) {
	t.Parallel()
	found := []byte("none")
	for range 5 {
		if found = forgottenIn(t); found == nil {
			return
		}
	}
	t.Errorf("a file has an id that is forgotten: %q", found)
}

// forgottenIn makes a database, forgets two learners, and returns what a file still has of them.
func forgottenIn(t *testing.T) (found []byte) {
	t.Helper()
	s := &school{t, nil, t.TempDir()}
	path := filepath.Join(s.dir, "roster.db")
	open, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if _, err := open.Backlog(t.Context()); err != nil { // a connection that stays
		t.Fatal(err)
	}
	s.put("a 1", "b 5")
	for _, learner := range []string{"ada-7f3a", "bob-7f3a"} {
		s.must("", "enroll a "+learner+" --key k-"+learner[:3])
		s.must("", "withdraw a "+learner)
		s.must("", "enroll b "+learner)
	}
	s.must("", "rename bob-7f3a cyd-7f3a")
	s.must("", "forget ada-7f3a")
	s.must("", "forget cyd-7f3a")
	for _, file := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(text, []byte("-7f3a")); at >= 0 {
			return text[max(0, at-40) : at+5]
		}
	}
	return nil
}
