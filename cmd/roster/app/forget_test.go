package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"example.com/roster/adapters/sqlite"
)

// After forget, no file of the database has the id: neither while another process has the database open, nor after the last one ended.
func TestForgottenIDIsInNoFile(t *testing.T) {
	t.Parallel()
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
	s.put("a 1", "b 500")
	var many []string
	for i := range 200 { // so that pages are split while they have the ids
		many = append(many, fmt.Sprint("b other-", i))
	}
	for _, learner := range []string{"ada-marker", "bob-marker"} {
		s.must("", "enroll a "+learner+" --key k-"+learner[:3])
		s.must(rows(many...), "import FILE")
		s.must("", "withdraw a "+learner)
		s.must("", "enroll b "+learner)
	}
	s.must("", "rename bob-marker cyd-marker")
	s.must("", "forget ada-marker")
	s.must("", "forget cyd-marker")
	requireForgotten(t, path, path+"-wal")
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	requireForgotten(t, path)
}

func requireForgotten(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(text, []byte("marker")); at >= 0 {
			t.Errorf("%s has %q", filepath.Base(file), text[max(0, at-100):at+6])
		}
	}
}
