package main

import (
	"fmt"
	"time"
)

// measurePostgresHot measures one course under load: with three delays of a commit, and with more clients.
func measurePostgresHot(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	worst := 0.0
	for i, delay := range []time.Duration{0, defaultCommitDelay, 5000 * time.Microsecond} {
		if err := b.postgresServer.setCommitDelay(b.ctx, delay); err != nil {
			return err
		}
		roster, naive, err := b.compare(comparison{p, fmt.Sprintf("PostgreSQL, hot, commit %d µs, %d clients", delay.Microseconds(), clients), hotCourse, b.closedLoop(clients)})
		if err != nil {
			return err
		}
		ratio := roster.rate / naive.rate
		if delay == defaultCommitDelay {
			b.results.metric("pg_hot_c64_vs_naive", ratio)
		}
		if i == 0 || ratio < worst {
			worst = ratio
		}
	}
	b.results.metric("pg_hot_worst_delay_vs_naive", worst)
	if err := b.postgresServer.setCommitDelay(b.ctx, defaultCommitDelay); err != nil {
		return err
	}
	roster, naive, err := b.compare(comparison{p, "PostgreSQL, hot, 256 clients", hotCourse, b.closedLoop(256)})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_c256_vs_naive", roster.rate/naive.rate)
	return nil
}

// measurePostgresMixed measures one course with enrollments, withdrawals and duplicates.
func measurePostgresMixed(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	roster, naive, err := b.compare(comparison{p, "PostgreSQL, mixed, 64 clients", mixedCourse, b.closedLoop(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_mixed_c64_vs_naive", roster.rate/naive.rate)
	return nil
}

// measureSQLiteHot measures one course on SQLite files on disk.
func measureSQLiteHot(b *bench) error {
	p, err := b.onSQLite()
	if err != nil {
		return err
	}
	roster, naive, err := b.compare(comparison{p, "SQLite, hot, 64 clients", hotCourse, b.closedLoop(clients)})
	if err != nil {
		return err
	}
	b.results.metric("sqlite_hot_c64_vs_naive", roster.rate/naive.rate)
	return nil
}

// hotCourse creates a course with seats for the first learners.
func hotCourse(b *bench, t *target, phase string) (workload, error) {
	course := "hot-" + phase
	return &enrollWorkload{name: phase, course: course, courses: 1}, t.createCourse(b.ctx, course, seats)
}

// seats are enough for about one in a hundred learners; the others are waitlisted.
const seats = 100
