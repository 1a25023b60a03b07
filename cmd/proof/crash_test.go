package proof_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/roster/cmd/roster/app"
)

// asProgram makes the test binary be roster, so that a test has a process to kill.
const asProgram = "ROSTER_PROOF_AS_PROGRAM"

func runAsProgram() {
	os.Exit(app.Run(context.Background(), app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// process starts a command of roster in a process of its own, which ends with t at the latest.
func (s stage) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, s.args(args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// An import that is killed and started again ends, and reports, as one that was left in peace.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	files := sampleFiles(t)
	kinds, kills := []string{"sqlite"}, 2
	if long {
		kinds, kills = []string{"sqlite", "postgres"}, 20
	} else {
		shorten(t, files.commands, 3_500)
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			importIt := func(s stage) (summary, string, string) {
				rejects := filepath.Join(t.TempDir(), "rejects.csv")
				got := read[summary](t, s.must(t, "", "--json", "import", files.commands, "--rejects", rejects))
				got.Seconds = 0
				content, err := os.ReadFile(rejects)
				if err != nil {
					t.Fatal(err)
				}
				return got, string(content), dump(t, s.open(t))
			}
			peace := newStage(t, kind)
			peace.must(t, "", "course", "import", files.courses)
			begun := time.Now()
			want, wantRejects, wantDump := importIt(peace)
			took := time.Since(begun)

			underWay := 0
			for i := range kills {
				s := newStage(t, kind)
				s.must(t, "", "course", "import", files.courses)
				victim := s.process(t, "import", files.commands)
				time.Sleep(rand.N(took))
				_ = victim.Process.Kill()
				_ = victim.Wait()
				if n := len(dump(t, s.open(t))); 2000 < n && n < len(wantDump) {
					underWay++
				}
				got, rejects, dumped := importIt(s)
				if got.text() != want.text() || rejects != wantRejects || dumped != wantDump {
					t.Errorf("kill %d: %s, in peace %s; rejects differ in %s; the store in %s", i, got.text(), want.text(),
						firstDifference(rejects, wantRejects), firstDifference(dumped, wantDump))
				}
				s.mustCheck(t)
			}
			t.Logf("%d of %d were killed half-way, of %s", underWay, kills, took)
		})
	}
}

// shorten leaves the header and at most the first n rows of a file.
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
