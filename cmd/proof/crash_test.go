package proof_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/roster/ports/portstest"
)

// An import that is killed and repeated leaves the same data and the same report as one that runs once.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	files := sampleFiles(t)
	kinds, kills := []string{"sqlite", "postgres"}, 4
	if soak {
		kills = 20
	}
	if !long {
		kinds, kills = []string{"sqlite"}, 2
		shorten(t, files.commands, 1_000)
	}
	prepare := func(s system) {
		s.must(t, "", "course", "import", files.courses)
		s.must(t, "", "course", "put", "bulk", "--title", "Bulk", "--capacity", "2000")
	}
	text, err := os.ReadFile(files.commands)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2_500 { // more than the importer stores at once
		text = fmt.Appendf(text, "bulk,learner-%d,enroll\n", i)
	}
	if err := os.WriteFile(files.commands, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			runImport := func(s system) (summary, string, string) {
				rejects := filepath.Join(t.TempDir(), "rejects.csv")
				got := read[summary](t, s.must(t, "", "--json", "import", files.commands, "--rejects", rejects, "--allow-rejects", yearRejects))
				got.Seconds, got.Replayed, got.ReplayedFirst = 0, 0, time.Time{}
				content, err := os.ReadFile(rejects)
				if err != nil {
					t.Fatal(err)
				}
				return got, string(content), dump(t, s.open(t))
			}
			undisturbed := newSystem(t, kind)
			prepare(undisturbed)
			want, wantRejects, wantDump := runImport(undisturbed)
			for i := range kills {
				s := newSystem(t, kind)
				prepare(s)
				s.killImport(t, text[:len(text)/2+rand.IntN(len(text)/4)])
				if dump(t, s.open(t)) == wantDump {
					t.Errorf("kill %d: the import was complete", i)
				}
				got, rejects, dumped := runImport(s)
				if got.text() != want.text() || rejects != wantRejects || dumped != wantDump {
					t.Errorf("kill %d: %s, want %s; rejects differ in %s; the stores differ in %s", i, got.text(), want.text(),
						firstDifference(rejects, wantRejects), firstDifference(dumped, wantDump))
				}
				s.mustCheck(t)
			}
		})
	}
}

// killImport kills an import that has read the beginning of its file, and stored some of its rows.
func (s system) killImport(t *testing.T, beginning []byte) {
	t.Helper()
	store := s.open(t)
	events := func() (n int64) {
		for _, c := range allCourses(t, store) {
			n += int64(c.Sequence)
		}
		return n
	}
	before, victim := events(), s.command(t, "import", "-")
	in, err := victim.StdinPipe()
	if err == nil {
		err = victim.Start()
	}
	if err == nil {
		_, err = in.Write(beginning)
	}
	if err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "rows are stored", func() bool { return events() > before })
	_ = victim.Process.Kill()
	_ = victim.Wait()
}

// shorten keeps the header and at most the first n rows of a file.
func shorten(t *testing.T, file string, n int) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	if err := os.WriteFile(file, bytes.Join(lines[:min(n+1, len(lines))], nil), 0o600); err != nil {
		t.Fatal(err)
	}
}
