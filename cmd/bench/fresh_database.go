package main

import (
	"fmt"
	"time"
)

// measureFreshDatabase measures how the rate changes on a new database: the query plans of its first minute are for empty tables.
func measureFreshDatabase(b *bench) error {
	for b.round = range b.rounds {
		if err := b.compareFreshDatabases(); err != nil {
			return err
		}
	}
	return nil
}

// compareFreshDatabases measures both servers on new databases in turns, a quarter of the time each. The speed of the machine may
// change between the quarters: it changes for both.
func (b *bench) compareFreshDatabases() error {
	p, err := b.startPair(func() (*target, error) { return b.newRoster("fresh") }, func() (*target, error) { return b.newNaive("fresh") })
	if err != nil {
		return err
	}
	defer p.stop()
	const courses = 100
	for _, t := range []*target{p.roster, p.naive} {
		for i := range courses {
			if err := t.createCourse(b.ctx, fmt.Sprintf("fresh-%05d", i), seats); err != nil {
				return err
			}
		}
	}
	enroll := func(_ *bench, _ *target, phase string) (workload, error) {
		return &enrollWorkload{name: phase, course: "fresh-", courses: courses}, nil
	}
	var rates, naiveRates [4]float64
	for i := range rates {
		c := comparison{p, fmt.Sprintf("PostgreSQL, fresh, 100 courses, 64 clients, quarter %d", i+1), enroll,
			phase{clients: clients, during: longOrShort(b.options, 10*time.Second, 5*time.Second)}}
		roster, naive, err := b.compare(c)
		if err != nil {
			return err
		}
		rates[i], naiveRates[i] = roster.rate, naive.rate
	}
	decay, naiveDecay := rates[3]/rates[0], naiveRates[3]/naiveRates[0]
	b.results.figure("PostgreSQL, fresh, last quarter ÷ first, naive", "×", naiveDecay)
	b.results.metric("pg_fresh_decay", decay)
	b.results.metric("pg_fresh_decay_vs_naive", decay/naiveDecay)
	return b.verifyJournal(p.roster)
}
