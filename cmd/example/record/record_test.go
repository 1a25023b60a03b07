package record_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite" // the driver

	"example.com/roster/cmd/example/record"
)

func open(t *testing.T) *record.Store {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "notes.db")+"?_pragma=busy_timeout(60000)&_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := record.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// With concurrent callers every change is saved once, on top of the one before, and a conflict is retried.
func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	s := open(t)
	const callers, each = 8, 25
	var decided atomic.Int64
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for range each {
				err := s.Update(t.Context(), "n", func(n record.Note) (record.Note, error) {
					decided.Add(1)
					return n.Write(n.Text + "x")
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	n, err := s.Note(t.Context(), "n")
	if err != nil || n.Version != callers*each || n.Text != strings.Repeat("x", callers*each) {
		t.Errorf("version %d with %d characters, %v; want %d of both", n.Version, len(n.Text), err, callers*each)
	}
	t.Logf("%d changes took %d attempts", callers*each, decided.Load())
}

// The loser of a race decides again, on the note of the winner.
func TestConflict(t *testing.T) {
	t.Parallel()
	s := open(t)
	write := func(text string) func(record.Note) (record.Note, error) {
		return func(n record.Note) (record.Note, error) { return n.Write(text) }
	}
	var seen []string
	err := s.Update(t.Context(), "n", func(n record.Note) (record.Note, error) {
		if seen = append(seen, n.Text); len(seen) == 1 {
			if err := s.Update(t.Context(), "n", write("winner")); err != nil {
				t.Error(err)
			}
		}
		return n.Write(n.Text + "loser")
	})
	if n, _ := s.Note(t.Context(), "n"); err != nil || n.Text != "winnerloser" || n.Version != 2 || len(seen) != 2 || seen[1] != "winner" {
		t.Errorf("%+v, %v after %q", n, err, seen)
	}
}

func TestNothingIsSaved(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.Update(t.Context(), "n", func(n record.Note) (record.Note, error) { return n.Write("") }); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("an empty text: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Update(ended, "n", func(n record.Note) (record.Note, error) { return n.Write("late") }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	if n, err := s.Note(t.Context(), "n"); err != nil || n.Version != 0 {
		t.Errorf("%+v, %v; want nothing saved", n, err)
	}
}
