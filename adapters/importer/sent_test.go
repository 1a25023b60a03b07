package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/importer"
)

// A sender reports rows that it has sent to the same place before, for as long as the core keeps the replies.
func TestEnqueueReportsWhatItHasSent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "made", "sent.log")
	text := many(1500)
	now := time.Now()
	enqueue := func(scope string, at time.Time, text string, o importer.Options) importer.Summary {
		t.Helper()
		log, err := importer.OpenSentLog(path, scope, at)
		if err != nil {
			t.Fatal(err)
		}
		q := &queue{}
		s, err := importer.Enqueue(t.Context(), q, log, by, strings.NewReader(text), o)
		if err != nil || len(q.sent) != s.Outcomes["queued"] {
			t.Fatalf("%d were sent, %+v, %v", len(q.sent), s, err)
		}
		return s
	}
	if s := enqueue("here", now, many(1000), importer.Options{}); s.Replayed != 0 || !s.ReplayedFirst.IsZero() {
		t.Errorf("the first time: %+v", s)
	}
	if s := enqueue("here", now, text, importer.Options{Again: true}); s.Replayed != 0 {
		t.Errorf("again: %+v", s)
	}
	if s := enqueue("here", now, text, importer.Options{}); s.Replayed != 900 || s.ReplayedFirst.Before(now.Add(-time.Minute)) || s.Before != "sent" {
		t.Errorf("a file that begins as the first: %+v", s)
	}
	if s := enqueue("here", now.Add(47*time.Hour), text, importer.Options{}); s.Replayed != 1350 {
		t.Errorf("two days later: %+v", s)
	}
	if s := enqueue("elsewhere", now, text, importer.Options{}); s.Replayed != 0 {
		t.Errorf("to another place: %+v", s)
	}
	content, err := os.ReadFile(path)
	if err != nil || strings.Count(string(content), "\n") != 4 || strings.Contains(string(content), "wait-1") {
		t.Errorf("%v, the log has\n%s", err, content)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the log has %v, %v, want -rw-------", info.Mode(), err)
	}
	if err := os.WriteFile(path, append([]byte("broken\n"), content...), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := enqueue("here", now, text, importer.Options{}); s.Replayed != 1350 {
		t.Errorf("after a broken line: %+v", s)
	}
	if s := enqueue("here", now.Add(49*time.Hour), text, importer.Options{}); s.Replayed != 0 {
		t.Errorf("later than replies are kept: %+v", s)
	}
	if content, err := os.ReadFile(path); err != nil || strings.Count(string(content), "\n") != 2 {
		t.Errorf("%v, want the two lines of the last run alone:\n%s", err, content)
	}
	if files, err := filepath.Glob(path + "*"); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestAllowedRejects(t *testing.T) {
	t.Parallel()
	s := importer.Summary{Rows: 200, Rejected: 10, Outcomes: map[string]int{"course_full": 6, "invalid_row": 4, "enrolled": 190}}
	for text, want := range map[string]int{
		"0": 10, "9": 10, "10": 0, "4%": 10, "5%": 0, "100%": 0, "course_full": 4, "course_full,invalid_row": 0,
		"course_full,3": 4, "course_full,4": 0, "2%,course_full": 0, "1%,course_full": 4, "not_enrolled": 10,
	} {
		var a importer.Allowed
		if err := a.Set(text); err != nil || a.Unexpected(s) != want {
			t.Errorf("%s: %v, %d are unexpected, want %d", text, err, a.Unexpected(s), want)
		}
		var again importer.Allowed
		if err := again.Set(a.String()); text != "0" && (err != nil || again.Unexpected(s) != want) {
			t.Errorf("%s: it prints as %q, %v", text, a.String(), err)
		}
	}
	for _, text := range []string{"", "-1", "101%", "1.5", "x", "enrolled", "course_full,", "1,2", "%"} {
		if err := new(importer.Allowed).Set(text); err == nil || !strings.Contains(fmt.Sprint(err), "course_not_found") {
			t.Errorf("%q: %v, want an error that names the codes", text, err)
		}
	}
}
