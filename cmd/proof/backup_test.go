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

	"example.com/roster/ports/portstest"
)

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
