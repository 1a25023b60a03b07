package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/roster/adapters/nats/broker"
)

// few is the number of courses of the small databases.
const few = 1000

// measureIdle measures whether a server with a million courses needs more CPU and memory than one with a thousand, although no request
// arrives. SQL writes the courses, each with a journal of one entry, and serve publishes them.
func measureIdle(b *bench) error {
	if err := onLinux(proc); err != nil {
		return err
	}
	var onPostgres, outside, onSQLite sizes
	for _, courses := range []int{few, b.courses} {
		// Each has a server of its own, so that all CPU of a server is that of one database. No rate is measured: the files are on disk, and
		// a commit does not wait for it.
		s, err := b.startPostgres(os.TempDir(), "fsync=off", "autovacuum=off", "shared_buffers=512MB", "max_wal_size=512MB")
		if err != nil {
			return err
		}
		defer s.stop()
		inside, copied, err := b.loadPostgres(s, courses)
		if err != nil {
			return err
		}
		onPostgres, outside = append(onPostgres, inside), append(outside, copied)
		file, err := b.loadSQLite(courses)
		if err != nil {
			return err
		}
		onSQLite = append(onSQLite, file)
	}
	if err := b.compareMemory(outside); err != nil {
		return err
	}
	defer onPostgres.stop()
	defer onSQLite.stop()
	for _, t := range slices.Concat(onPostgres, onSQLite) {
		if _, _, err := b.publishAll(t, "its own broker"); err != nil {
			return err
		}
	}
	if err := b.compareIdleCPU(onPostgres, onSQLite); err != nil {
		return err
	}
	return errors.Join(b.verifyJournal(onPostgres[0]), b.verifyJournal(onSQLite[0]))
}

// sizes are two servers: one with few courses, and one with many.
type sizes []*target

func (s sizes) stop() {
	for _, t := range s {
		if t.process != nil {
			t.stop()
		}
	}
}

// loadPostgres returns a server that is not started yet, and one with a copy of its database.
func (b *bench) loadPostgres(s *postgresServer, courses int) (t, copied *target, err error) {
	name := fmt.Sprintf("roster_idle%d", b.nextNumber())
	user, admin, err := b.migrateNew(s, b.roster, name)
	if err != nil {
		return nil, nil, err
	}
	newTarget := func(of string) (*target, error) {
		t, err := b.newRosterTarget(b.roster, fmt.Sprintf("PostgreSQL, %d courses", courses), inDatabase(user, of), "pgx", inDatabase(admin, of))
		if err == nil {
			t.postgres = s
		}
		return t, err
	}
	if t, err = newTarget(name); err != nil {
		return nil, nil, err
	}
	if err := t.loadCourses(b.ctx, courses); err != nil {
		return nil, nil, err
	}
	if err := t.db.Close(); err != nil { // a database with a session cannot be copied
		return nil, nil, err
	}
	if err := s.copyDatabase(b.ctx, name, name+"_copy"); err != nil {
		return nil, nil, err
	}
	if copied, err = newTarget(name + "_copy"); err != nil {
		return nil, nil, err
	}
	return t, copied, b.openDatabase(t, "pgx", admin)
}

// loadSQLite returns a server that is not started yet.
func (b *bench) loadSQLite(courses int) (*target, error) {
	t, err := b.newSQLite(fmt.Sprintf("SQLite, %d courses", courses))
	if err != nil {
		return nil, err
	}
	return t, t.loadCourses(b.ctx, courses)
}

// newSQLite returns a server on a new database, which is not started yet.
func (b *bench) newSQLite(name string) (*target, error) {
	dir, err := b.tempDir("")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "roster.db")
	if _, err := b.output(b.roster, "migrate", "--database-url", "sqlite:"+file, "--data-dir", dir); err != nil {
		return nil, err
	}
	return b.newRosterTarget(b.roster, name, "sqlite:"+file, "sqlite", readURL(file))
}

// loadCourses inserts empty courses, which are not published.
func (t *target) loadCourses(ctx context.Context, courses int) error {
	numbers, id := "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {courses})", "lower(hex(randomblob(16)))"
	if t.onPostgres() {
		numbers, id = "WITH numbers (n) AS (SELECT generate_series(1, {courses}))", "gen_random_uuid()"
	}
	values := strings.NewReplacer("{courses}", fmt.Sprint(courses), "{course}", "'course-' || (10000000 + n)", "{title}", "'Course ' || n", "{id}", id)
	statements := []string{
		` INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
			SELECT 'default', {course}, {title}, 30, true, true, 0, 0, 1, 1 FROM numbers`,
		` INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity, open, waitlist)
			SELECT 'default', {course}, 1, {id}, 'bench', 'course.opened', '2026-01-01 00:00:00+00:00', {title}, 30, true, true FROM numbers`,
	}
	for i := range statements {
		statements[i] = values.Replace(numbers + statements[i])
	}
	return t.load(ctx, statements)
}

// serveIdle starts serve as by default, except for its addresses, and with flags.
func (b *bench) serveIdle(t *target, flags ...string) error {
	admin, err := freeAddress()
	if err != nil {
		return err
	}
	return b.serveTarget(t, b.roster, append(flags, "--admin-addr", admin)...)
}

// compareMemory compares the memory of serve, with the broker in another process, which is the bench.
func (b *bench) compareMemory(outside sizes) error {
	published, restarted := make([]float64, len(outside)), make([]float64, len(outside))
	for i, t := range outside {
		other, err := broker.Start(filepath.Join(t.data, "outside"), broker.Options{})
		if err != nil {
			return err
		}
		published[i], restarted[i], err = b.publishAll(t, "another broker", "--nats-url", other.URL())
		t.stop()
		other.Close()
		if err != nil {
			return err
		}
	}
	b.results.metric("rss_1m_vs_1k", max(published[1]/published[0], restarted[1]/restarted[0]))
	return nil
}

// publishAll starts serve, waits until it has published all courses, and restarts it. It returns the memory in MB after each start.
func (b *bench) publishAll(t *target, broker string, flags ...string) (published, restarted float64, err error) {
	if err := b.serveIdle(t, flags...); err != nil {
		return 0, 0, err
	}
	if err := t.waitUntilPublished(b.ctx); err != nil {
		return 0, 0, err
	}
	if err := b.settle(); err != nil {
		return 0, 0, err
	}
	published = residentMemory(t.Process.Pid)
	t.stop()
	if err := t.analyze(b.ctx); err != nil {
		return 0, 0, err
	}
	if err := b.serveIdle(t, flags...); err != nil {
		return 0, 0, err
	}
	if err := b.settle(); err != nil {
		return 0, 0, err
	}
	restarted = residentMemory(t.Process.Pid)
	b.results.figure(t.name+", memory of serve with "+broker+", after publishing", "MB", published)
	b.results.figure(t.name+", memory of serve with "+broker+", restarted", "MB", restarted)
	return published, restarted, nil
}

// settle waits until a server has done what it does at its start.
func (b *bench) settle() error { return b.wait(longOrShort(b.options, 5*time.Second, 2*time.Second)) }

func (b *bench) wait(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	}
}

// compareIdleCPU compares the CPU of servers at the same time. Each uses a few milliseconds in a second: the times that the system
// counts for each thread are exact to less than a microsecond, so that the ratio needs no floor.
func (b *bench) compareIdleCPU(pairs ...sizes) error {
	for b.round = range b.rounds {
		worst := 0.0
		used, err := b.idleCPU(longOrShort(b.options, 20*time.Second, 10*time.Second), slices.Concat(pairs...))
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			worst = max(worst, used[pair[1]]/used[pair[0]])
		}
		b.results.metric("idle_cpu_1m_vs_1k", worst)
	}
	return nil
}

// idleCPU returns the CPU that the servers use meanwhile.
func (b *bench) idleCPU(during time.Duration, servers []*target) (used map[*target]float64, err error) {
	used = make(map[*target]float64)
	wait := func() error { return b.wait(during) }
	for _, t := range servers {
		next := wait
		wait = func() error {
			cpu, err := b.cpuDuring(t, next)
			used[t] = cpu.total().Seconds()
			percent := func(d time.Duration) float64 { return 100 * d.Seconds() / during.Seconds() }
			b.results.figure(t.name+", idle, CPU of serve", "% of a core", percent(cpu.serve))
			if t.postgres != nil {
				b.results.figure(t.name+", idle, CPU of PostgreSQL", "% of a core", percent(cpu.database))
			}
			return err
		}
	}
	return used, wait()
}
