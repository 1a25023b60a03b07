package main

import (
	"fmt"
	"time"
)

// pgHot measures one course under load: commits of three lengths, and more clients.
func pgHot(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	worst := 0.0
	for i, delay := range []time.Duration{0, usual, 5000 * time.Microsecond} {
		if err := b.server.wait(b.ctx, delay); err != nil {
			return err
		}
		ours, theirs, err := b.fight(duel{p, fmt.Sprintf("PostgreSQL, hot, commit %d µs, %d clients", delay.Microseconds(), clients), hotCourse, b.closed(clients)})
		if err != nil {
			return err
		}
		ratio := ours.rate / theirs.rate
		if delay == usual {
			b.results.metric("pg_hot_c64_vs_naive", ratio)
		}
		if i == 0 || ratio < worst {
			worst = ratio
		}
	}
	b.results.metric("pg_hot_worst_delay_vs_naive", worst)
	if err := b.server.wait(b.ctx, usual); err != nil {
		return err
	}
	ours, theirs, err := b.fight(duel{p, "PostgreSQL, hot, 256 clients", hotCourse, b.closed(256)})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_c256_vs_naive", ours.rate/theirs.rate)
	return nil
}

// pgMixed measures one course on which people come, go and ask twice.
func pgMixed(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	ours, theirs, err := b.fight(duel{p, "PostgreSQL, mixed, 64 clients", mixedCourse, b.closed(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_mixed_c64_vs_naive", ours.rate/theirs.rate)
	return nil
}

// sqliteHot measures one course on files on the disk.
func sqliteHot(b *bench) error {
	p, err := b.onSQLite()
	if err != nil {
		return err
	}
	ours, theirs, err := b.fight(duel{p, "SQLite, hot, 64 clients", hotCourse, b.closed(clients)})
	if err != nil {
		return err
	}
	b.results.metric("sqlite_hot_c64_vs_naive", ours.rate/theirs.rate)
	return nil
}

// hotCourse is a new course with seats for the first of those who come.
func hotCourse(b *bench, t *target, phase string) (workload, error) {
	course := "hot-" + phase
	return &enrolling{name: phase, course: course, courses: 1}, t.course(b.ctx, course, seats)
}

// seats are for one in a hundred, more or less: the rest is in line.
const seats = 100
