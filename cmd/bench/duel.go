package main

import (
	"fmt"
	"time"
)

// A duel is one workload on both of a pair, in turns.
type duel struct {
	*pair
	name  string // as the figures have it
	with  func(b *bench, t *target, phase string) (workload, error)
	phase phase
}

// fight measures both, the other first in every other round, and checks what both hold afterwards.
func (b *bench) fight(d duel) (ours, theirs outcome, err error) {
	first, second := d.roster, d.naive
	if b.round%2 == 1 {
		first, second = second, first
	}
	of := make(map[*target]outcome)
	for _, t := range []*target{first, second} {
		if of[t], err = b.solo(t, d); err != nil {
			return ours, theirs, err
		}
	}
	return of[d.roster], of[d.naive], nil
}

// solo measures one of them.
func (b *bench) solo(t *target, d duel) (outcome, error) {
	b.phases++
	name := fmt.Sprintf("p%d", b.phases)
	w, err := d.with(b, t, name)
	if err != nil {
		return outcome{}, err
	}
	stop, err := b.profiled(t, d.name)
	if err != nil {
		return outcome{}, err
	}
	o, err := play(b.ctx, t, w, d.phase)
	stop()
	if err != nil {
		return o, fmt.Errorf("%s: %s: %w", d.name, t.name, err)
	}
	b.results.figure(d.name+", "+t.name, "/s", o.rate)
	b.results.figure(d.name+", "+t.name+", p99", "ms", 1000*o.p(99))
	if err := t.settle(b.ctx); err != nil {
		return o, err
	}
	return o, w.check(b.ctx, t)
}

// closed is a phase of so many clients who wait for their answers.
func (b *bench) closed(clients int) phase {
	return phase{clients: clients, warm: b.during / 4, during: b.during}
}

// hotCourse is a new course with seats for the first of those who come.
func hotCourse(b *bench, t *target, phase string) (workload, error) {
	course := "hot-" + phase
	return &enrolling{name: phase, course: course, courses: 1}, t.course(b.ctx, course, seats)
}

// seats are for one in a hundred, more or less: the rest is in line.
const seats = 100

// manyCourses are those that were loaded, full and with a line.
func manyCourses(_ *bench, _ *target, phase string) (workload, error) {
	return &enrolling{name: phase, course: "spread-", courses: spreadOver}, nil
}

const clients = 64

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

// pgSpread measures load over many courses.
func pgSpread(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	ours, theirs, err := b.fight(duel{p, "PostgreSQL, spread, 64 clients", manyCourses, b.closed(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_spread_c64_vs_naive", ours.rate/theirs.rate)
	if b.round < b.rounds-1 {
		return nil
	}
	return b.prove(p.roster) // all that it was asked in all the rounds
}
