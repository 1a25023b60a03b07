package main

import (
	"context"
	"errors"
	"log"
	"slices"
	"time"
)

// A group measures metrics that belong together.
type group struct {
	name      string
	when      when
	onlyIfOld bool // it needs the earlier build of -before
	run       func(*bench) error
}

type when int

const (
	during when = iota // in each round
	before             // in rounds of its own, before any server runs
	after              // at the end; the group repeats what it measures in each round
)

// groups are all groups, in the order of measuring.
var groups = []group{
	{name: "submit", when: before, run: measureSubmit},
	{name: "submit-before", when: before, onlyIfOld: true, run: measureSubmitBefore},
	{name: "before", onlyIfOld: true, run: measureBefore},
	{name: "cpu", onlyIfOld: true, run: measureCPUBefore},
	{name: "pg-hot", run: measurePostgresHot},
	{name: "function", run: measureFunction},
	{name: "pg-spread", run: measurePostgresSpread},
	{name: "pg-mixed", run: measurePostgresMixed},
	{name: "low", run: measureFewClients},
	{name: "p99", run: measureP99},
	{name: "two", run: measureTwoProcesses},
	{name: "pg-1ms", run: measureSlowNetwork},
	{name: "sqlite", run: measureSQLiteHot},
	{name: "fresh", when: after, run: measureFreshDatabase},
	{name: "growth", when: after, run: measureGrowth},
	{name: "import", when: after, run: measureImport},
	{name: "relay", when: after, run: measureRelays},
	{name: "idle", when: after, run: measureIdle},
	{name: "capacity", when: after, run: measureCapacity},
	{name: "start", when: after, run: measureStartup},
	{name: "plot", when: after, run: plot},
}

func groupNames() (names []string) {
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// measureGroups measures groups and records which fail, or are not reached before the context ends.
func (b *bench) measureGroups(groups []group) {
	for _, when := range []when{before, during} {
		for b.round = range b.rounds {
			b.measureAll(groups, when, b.rounds)
		}
	}
	b.measureAll(groups, after, 1)
	if err := b.verifyJournals(); err != nil {
		b.results.fail("check", 1, err)
	}
}

func (b *bench) measureAll(groups []group, when when, rounds int) {
	for _, g := range groups {
		if g.when != when || len(b.only) > 0 && !slices.Contains(b.only, g.name) || g.onlyIfOld && b.before == "" {
			continue
		}
		if err := b.measure(g); err != nil {
			b.results.fail(g.name, rounds, err)
		}
	}
}

func (b *bench) measure(g group) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	if b.unprepared != nil {
		return b.unprepared
	}
	start := time.Now()
	err := errors.Join(g.run(b), b.results.takeInvalid())
	switch {
	case err == nil:
		log.Printf("%-10s %5.1f s", g.name, time.Since(start).Seconds())
	case b.ctx.Err() != nil:
		err = context.Cause(b.ctx) // what fails then is a consequence
	default:
		log.Printf("%s: %v", g.name, err)
	}
	return err
}
