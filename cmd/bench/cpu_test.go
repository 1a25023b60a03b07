package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres/pgtest"
)

// A fakeProcess is a process as Linux shows it.
type fakeProcess struct {
	pid, parent, own, ended int     // own and ended in ticks
	threads                 []int64 // in nanoseconds
}

func (p fakeProcess) write(t *testing.T, proc string) {
	t.Helper()
	// utime and cutime have all, stime and cstime one tick of it.
	stat := fmt.Sprintf("%d (io (worker) 1) S %d 1 1 0 -1 4194560 1 2 3 4 %d 1 %d 1 20 0 3 0 9", p.pid, p.parent, p.own-1, p.ended-1)
	files := map[string]string{"stat": stat}
	for i, ns := range p.threads {
		files[fmt.Sprintf("task/%d/schedstat", p.pid+i)] = fmt.Sprintf("%d 99999999 7\n", ns)
	}
	for name, content := range files {
		path := filepath.Join(proc, fmt.Sprint(p.pid), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The CPU of a tree of processes is that of each thread, and of children that have ended, to the nanosecond if the system shows it.
func TestReadCPU(t *testing.T) {
	t.Parallel()
	proc := t.TempDir()
	for _, p := range []fakeProcess{
		{pid: 10, parent: 1, own: 2, ended: 50, threads: []int64{20_000_001, 3}},
		{pid: 11, parent: 10, own: 9, ended: 1, threads: []int64{40_000_000}}, // a thread of five ticks has ended
		{pid: 12, parent: 10, own: 100, ended: 1},                             // no exact times
		{pid: 13, parent: 12, own: 1, ended: 1},
		{pid: 20, parent: 1, own: 1000, ended: 1}, // not of the tree
	} {
		p.write(t, proc)
	}
	if err := os.MkdirAll(filepath.Join(proc, "14"), 0o700); err != nil { // has just ended
		t.Fatal(err)
	}
	for _, test := range []struct {
		others []int
		want   time.Duration
	}{
		{nil, 20_000_004 + (50+9+1+100+1+1+1)*tick},
		{[]int{12, 14, 20}, 20_000_004 + (50+9+1+1+1)*tick},
	} {
		got, err := readCPU(proc, 10, test.others)
		if err != nil || got.counted != test.want {
			t.Errorf("without %v: %s, want %s: %v", test.others, got.counted, test.want, err)
		}
	}
	if _, err := readCPU(proc, 15, nil); err == nil {
		t.Error("there is no process 15, but its CPU was read")
	}
	for _, stat := range []string{"", "16", "16 (serve) S 1 2 3", "16 (serve) S one" + strings.Repeat(" 2", 20)} {
		dir := filepath.Join(t.TempDir(), "16")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "stat"), []byte(stat), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := readProcess(filepath.Dir(dir), 16); err == nil {
			t.Errorf("%q was read as %+v", stat, p)
		}
	}
}

// When a process that does not count ends, its parent gets all that it ever used. That does not count either.
func TestCPUSince(t *testing.T) {
	t.Parallel()
	before := cpuReading{10 * time.Second, map[int]time.Duration{7: 3 * time.Second, 8: time.Second}}
	after := cpuReading{15 * time.Second, map[int]time.Duration{8: 5 * time.Second, 9: time.Second}}
	if used := after.since(before); used != 2*time.Second {
		t.Errorf("got %s, want 2s", used)
	}
}

func TestOnlyOnLinux(t *testing.T) {
	t.Parallel()
	if err := onLinux(t.TempDir()); err == nil || !strings.Contains(err.Error(), "Linux") {
		t.Errorf("without its files: %v", err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux")
	}
	if err := onLinux(proc); err != nil {
		t.Error(err)
	}
	for what, mb := range map[string]float64{"peak": peakMemory(os.Getpid()), "resident": residentMemory(os.Getpid())} {
		if mb < 1 || mb > 10_000 {
			t.Errorf("%s memory: %g MB", what, mb)
		}
	}
	if own, err := readCPU(proc, os.Getpid(), nil); err != nil || own.counted <= 0 {
		t.Errorf("own CPU: %s, %v", own.counted, err)
	}
}

// Of a PostgreSQL server the sessions that serve a database count, and not those of the bench or on another database.
func TestOtherSessions(t *testing.T) {
	t.Parallel()
	served, another := pgtest.Database(t, nil), pgtest.Database(t, nil)
	session := func(url string) (*pgx.Conn, int) {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(t.Context()) })
		var pid int
		if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return conn, pid
	}
	own, ownPID := session(pgtest.Server(t))
	_, counted := session(served)
	_, other := session(another)
	got, others, err := (&postgresServer{conn: own}).otherSessions(t.Context(), served)
	if err != nil || got != ownPID || !slices.Contains(others, ownPID) || !slices.Contains(others, other) || slices.Contains(others, counted) {
		t.Errorf("got %d and %v: %v; own is %d, that of another database %d, the one that counts %d", got, others, err, ownPID, other, counted)
	}
}
