package main

import (
	"errors"
	"fmt"
	"time"
)

// measureFreshDatabase measures how the rate changes on a new database: the query plans of its first minute are for empty tables.
func measureFreshDatabase(b *bench) error {
	t, err := b.newRoster("fresh")
	if err != nil {
		return err
	}
	defer t.stop()
	const courses = 100
	w := &enrollWorkload{name: "fresh", course: "fresh-", courses: courses}
	for i := range courses {
		if err := t.createCourse(b.ctx, fmt.Sprintf("%s%05d", w.course, i), seats); err != nil {
			return err
		}
	}
	o, err := runPhase(b.ctx, []*target{t}, w, phase{clients: clients, during: longOrShort(b.options, time.Minute, 20*time.Second)})
	if err != nil {
		return err
	}
	for i, rate := range o.quarterRates {
		b.results.figure(fmt.Sprintf("PostgreSQL, fresh, 100 courses, 64 clients, quarter %d", i+1), "/s", rate)
	}
	b.results.metric("pg_fresh_decay", o.quarterRates[3]/o.quarterRates[0])
	return errors.Join(w.check(b.ctx, t), b.verifyJournal(t))
}
