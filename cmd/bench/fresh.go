package main

import (
	"errors"
	"fmt"
	"time"
)

// fresh measures what becomes of the rate on a database that was empty: the plans of its first minute were made for empty tables.
func fresh(b *bench) error {
	t, err := b.newRoster("fresh")
	if err != nil {
		return err
	}
	defer t.stop()
	const courses = 100
	w := &enrolling{name: "fresh", course: "fresh-", courses: courses}
	for i := range courses {
		if err := t.course(b.ctx, fmt.Sprintf("%s%05d", w.course, i), seats); err != nil {
			return err
		}
	}
	o, err := play(b.ctx, []*target{t}, w, phase{clients: clients, during: size(b.options, time.Minute, 20*time.Second)})
	if err != nil {
		return err
	}
	for i, rate := range o.quarter {
		b.results.figure(fmt.Sprintf("PostgreSQL, fresh, 100 courses, 64 clients, quarter %d", i+1), "/s", rate)
	}
	b.results.metric("pg_fresh_decay", o.quarter[3]/o.quarter[0])
	return errors.Join(w.check(b.ctx, t), b.prove(t))
}
