package exercise_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/learn/exercise"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	w, exercises := workshop(t), all(t)
	e := exercises[0]
	for want := range exercise.Hints + 1 {
		hint, number, err := w.Hint(e)
		if last := min(want, exercise.Hints-1); err != nil || number != last+1 || hint != e.Hints[last] {
			t.Errorf("got hint %d, %v, want %d", number, err, last+1)
		}
	}
	if _, err := w.Solution(e); err != nil {
		t.Error(err)
	}
	progress, err := w.Progress(exercises)
	if err != nil || len(progress) != len(exercises) {
		t.Fatal(progress, err)
	}
	if p := progress[0]; p.Hints != exercise.Hints || !p.SolutionSeen || !p.Done.IsZero() || p.Title != e.Title {
		t.Errorf("got %+v", p)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "progress.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Progress(exercises); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
}

// The page and the command line change the progress at the same time: one waits for the other. A lock whose process was killed is removed.
func TestProgressOfTwoProcesses(t *testing.T) {
	t.Parallel()
	w, exercises := workshop(t), all(t)
	lock := filepath.Join(w.Dir, "progress.json.lock")
	hold := func(since time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(lock, nil, 0o600), os.Chtimes(lock, since, since)); err != nil {
			t.Fatal(err)
		}
	}
	hold(time.Now().Add(time.Hour)) // however slow this test is
	hinted := make(chan error, 1)
	go func() {
		_, _, err := w.Hint(exercises[0])
		hinted <- err
	}()
	select {
	case err := <-hinted:
		t.Errorf("it did not wait for the other process: %v", err)
		hinted <- err
	case <-time.After(100 * time.Millisecond): // steady: a slow test finds less, and fails no more often
	}
	other := fmt.Sprintf(`{%q: {"checks": 7}}`, exercises[1].Name)
	if err := errors.Join(os.WriteFile(filepath.Join(w.Dir, "progress.json"), []byte(other), 0o600), os.Remove(lock)); err != nil {
		t.Fatal(err)
	}
	if err := <-hinted; err != nil {
		t.Fatal(err)
	}
	if progress, err := w.Progress(exercises); err != nil || progress[0].Hints != 1 || progress[1].Checks != 7 {
		t.Errorf("got %+v, %v", progress[:2], err)
	}
	hold(time.Now().Add(-time.Hour))
	if _, number, err := w.Hint(exercises[0]); err != nil || number != 2 {
		t.Errorf("after a process was killed: hint %d, %v", number, err)
	}
	if _, err := os.Stat(lock); err == nil {
		t.Error("the lock is still held")
	}
}
