package proof_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// Litestream, run as docs/operations.md says, has a complete copy of what was acknowledged while it ran.
func TestLitestream(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("litestream")
	if err != nil {
		t.Skip("NOT RUN: no litestream on this machine, so no replica of SQLite")
	}
	document, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := func(line, database string) *exec.Cmd {
		if !bytes.Contains(document, []byte("\n"+line+"\n")) {
			t.Fatalf("docs/operations.md does not name %s", line)
		}
		arguments := strings.NewReplacer("roster-data/roster.db", filepath.Join(dir, "roster.db"), "file:///backup", "file://"+dir, "copy.db", database).Replace(line)
		return exec.CommandContext(t.Context(), program, strings.Fields(arguments)[1:]...)
	}
	s := system{name: "sqlite", url: "sqlite:" + filepath.Join(dir, "roster.db"), data: t.TempDir()}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "100000")
	s.serve(t)
	replicate := command("litestream replicate roster-data/roster.db file:///backup/roster", "")
	var log bytes.Buffer
	var refused string // the last restore that failed; there is none before the first copy
	replicate.Stdout, replicate.Stderr = &log, &log
	if err := replicate.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = replicate.Process.Signal(os.Interrupt)
		_ = replicate.Wait()
		if t.Failed() {
			t.Log(log.String(), refused)
		}
	}()
	const learners = 2000
	var actions []ports.Action
	for i := range learners {
		actions = append(actions, ports.Enroll{Course: "go", Learner: domain.LearnerID(fmt.Sprint("l-", i))})
	}
	s.submit(t, actions)
	attempt := 0
	portstest.Eventually(t, "a restored database with every enrollment", func() bool {
		attempt++
		copied := system{name: "sqlite", url: "sqlite:" + filepath.Join(dir, fmt.Sprintf("copy-%d.db", attempt)), data: t.TempDir()}
		if out, err := command("litestream restore -o copy.db file:///backup/roster", strings.TrimPrefix(copied.url, "sqlite:")).CombinedOutput(); err != nil {
			refused = fmt.Sprintf("%v\n%s", err, out)
			return false
		}
		copied.mustCheck(t)
		return strings.Count(copied.must(t, "", "--json", "list", "go"), "\n") == learners
	})
}

// A copy that the commands of docs/operations.md make while learners enroll is complete: its counters follow from its journal, and it
// has what was acknowledged before the copy began.
func TestBackupOfSQLiteUnderLoad(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Skip("NOT RUN: no sqlite3 on this machine, so no backup")
	}
	document, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := system{name: "sqlite", url: "sqlite:" + filepath.Join(dir, "roster.db"), data: t.TempDir()}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "100000")
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "error", "--rate-limit", "off")
	c := newClient(t, "http://"+addr)
	c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))

	var acknowledged atomic.Int64
	var stopped atomic.Bool
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for j := 0; !stopped.Load(); j++ {
				code, _, body, err := c.do("POST", "/v1/courses/go/enrollments", "", fmt.Sprintf(`{"learnerId":"l-%d-%d"}`, i, j))
				if err != nil || code != 201 {
					t.Errorf("%d, %v, %s", code, err, body)
					return
				}
				acknowledged.Add(1)
			}
		})
	}
	defer clients.Wait()
	defer stopped.Store(true)
	for _, command := range []string{`sqlite3 roster.db ".backup copy.db"`, `sqlite3 roster.db "VACUUM INTO 'copy.db'"`} {
		if !bytes.Contains(document, []byte("`"+command+"`")) {
			t.Fatalf("docs/operations.md does not name %s", command)
		}
		begin := acknowledged.Load()
		portstest.Eventually(t, "some enrollments", func() bool { return acknowledged.Load() > begin+50 })
		before := acknowledged.Load()
		backup := exec.CommandContext(t.Context(), "sh", "-c", command)
		backup.Dir = dir
		if out, err := backup.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		copied := system{name: "sqlite", url: "sqlite:" + filepath.Join(dir, "copy.db"), data: t.TempDir()}
		copied.mustCheck(t)
		if n := len(allStandings(t, copied.open(t), "go", "")); n < int(before) {
			t.Errorf("%s: the copy has %d enrollments, and %d were acknowledged before", command, n, before)
		}
		for _, name := range []string{"copy.db", "copy.db-wal", "copy.db-shm", "copy.db.lock"} {
			_ = os.Remove(filepath.Join(dir, name))
		}
	}
}
