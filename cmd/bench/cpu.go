package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A cpuUse is the CPU that a target used between two times.
type cpuUse struct {
	serve    time.Duration
	database time.Duration // in the processes of PostgreSQL; SQLite is part of serve
}

func (u cpuUse) total() time.Duration { return u.serve + u.database }

// cpuDuring returns the CPU that a target uses until do returns.
func (b *bench) cpuDuring(t *target, do func() error) (cpuUse, error) {
	serve, database, err := b.readCPU(t)
	if err == nil {
		err = do()
	}
	if err != nil {
		return cpuUse{}, err
	}
	serveNow, databaseNow, err := b.readCPU(t)
	return cpuUse{serveNow.since(serve), databaseNow.since(database)}, err
}

func (b *bench) readCPU(t *target) (serve, database cpuReading, err error) {
	serve, err = readCPU(proc, t.Process.Pid, nil)
	if err == nil && t.postgres != nil {
		database, err = t.postgres.readCPU(b.ctx, t.database)
	}
	return serve, database, err
}

// readCPU reads the CPU of the server, as far as it works for a database.
func (s *postgresServer) readCPU(ctx context.Context, databaseURL string) (cpuReading, error) {
	own, others, err := s.otherSessions(ctx, databaseURL)
	if err != nil {
		return cpuReading{}, err
	}
	session, err := readProcess(proc, own)
	if err != nil {
		return cpuReading{}, err
	}
	return readCPU(proc, session.parent, others)
}

// otherSessions returns the process of the bench's own session, a child of the server's first process, and those of all sessions that
// do not work for a database: on other databases, and the bench's, which are the superuser's.
func (s *postgresServer) otherSessions(ctx context.Context, databaseURL string) (own int, others []int, err error) {
	err = s.conn.QueryRow(ctx, `SELECT pg_backend_pid(), array_agg(pid) FROM pg_stat_activity
		WHERE datname <> $1 OR usename = current_user`, databaseName(databaseURL)).Scan(&own, &others)
	return own, others, err
}

// A cpuReading is the CPU that a process and its descendants have used up to now.
type cpuReading struct {
	counted time.Duration
	others  map[int]time.Duration // of the descendants that are left out
}

// since returns the CPU used since an earlier reading. When a process ends, all that it ever used becomes its parent's, also if the
// process was left out.
func (r cpuReading) since(earlier cpuReading) time.Duration {
	used := r.counted - earlier.counted
	for pid, cpu := range earlier.others {
		if _, running := r.others[pid]; !running {
			used -= cpu
		}
	}
	return used
}

// readCPU reads the CPU of a process and its descendants, and leaves others out.
func readCPU(proc string, root int, others []int) (cpuReading, error) {
	paths, err := filepath.Glob(filepath.Join(proc, "[0-9]*"))
	if err != nil {
		return cpuReading{}, err
	}
	processes, children := make(map[int]processStat), make(map[int][]int)
	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if p, err := readProcess(proc, pid); err == nil { // else it has ended
			processes[pid] = p
			children[p.parent] = append(children[p.parent], pid)
		}
	}
	if _, ok := processes[root]; !ok {
		return cpuReading{}, fmt.Errorf("process %d has ended", root)
	}
	reading := cpuReading{others: make(map[int]time.Duration)}
	for _, pid := range others {
		if p, ok := processes[pid]; ok {
			reading.others[pid] = p.cpu
		}
	}
	for tree := []int{root}; len(tree) > 0; tree = tree[1:] {
		tree = append(tree, children[tree[0]]...)
		if _, other := reading.others[tree[0]]; !other {
			reading.counted += processes[tree[0]].cpu
		}
	}
	return reading, nil
}

// proc is where Linux shows its processes.
const proc = "/proc"

// onLinux returns an error on a system that does not show the CPU and the memory of other processes as Linux does.
func onLinux(proc string) error {
	if _, err := os.Stat(filepath.Join(proc, "self", "stat")); err != nil {
		return errors.New("the CPU and the memory of servers are measured on Linux only")
	}
	return nil
}

// tick is the unit of time of /proc/PID/stat, on each platform of Go.
const tick = 10 * time.Millisecond

type processStat struct {
	parent int
	cpu    time.Duration // of its threads, and of its children that have ended
}

func readProcess(proc string, pid int) (processStat, error) {
	dir := filepath.Join(proc, strconv.Itoa(pid))
	content, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return processStat{}, err
	}
	// The second field is the program in parentheses, which may contain spaces. It is followed by state and parent.
	after := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(after) < 15 {
		return processStat{}, fmt.Errorf("%s/stat has %d fields", dir, len(after))
	}
	parent, err := strconv.Atoi(after[1])
	var ticks [4]int64 // utime, stime, and of children that have ended cutime, cstime
	for i := range ticks {
		var failed error
		ticks[i], failed = strconv.ParseInt(after[11+i], 10, 64)
		err = errors.Join(err, failed)
	}
	own, ended := time.Duration(ticks[0]+ticks[1])*tick, time.Duration(ticks[2]+ticks[3])*tick
	// The threads' own statistics are exact: an idle process needs less than a tick in a second. They lack threads that have ended.
	return processStat{parent, max(own, threadTimes(dir)) + ended}, err
}

// threadTimes returns the CPU of a process's threads. It is 0 if the system does not show it.
func threadTimes(dir string) (sum time.Duration) {
	paths, _ := filepath.Glob(filepath.Join(dir, "task", "*", "schedstat"))
	for _, path := range paths {
		content, _ := os.ReadFile(path)
		running, _, _ := strings.Cut(string(content), " ")
		ns, _ := strconv.ParseInt(running, 10, 64)
		sum += time.Duration(ns)
	}
	return sum
}
