package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// measureCPUBefore measures the CPU of serve and PostgreSQL together, of this build and of the earlier one: per command over 10,000
// courses, and what publishing adds per event.
//
// What publishing adds is the difference between phases of the same commands at the same fixed rate. In half of the phases the bench
// holds the lock of the relay, as if another process were the leader and published nothing. So the difference contains all that
// publishing costs, in whichever process. Events that a commit hands to the relay of its own process are measured as such, which would
// not be the case if the relay published what was there when it started. In a closed loop the two phases would differ: without
// publishing there is more CPU for commands.
//
// The CPU of reading events from the journal and publishing them is measured, too: of those of each phase without publishing, after it.
func measureCPUBefore(b *bench) error {
	if err := onLinux(proc); err != nil {
		return err
	}
	p, err := b.besideEarlier()
	if err != nil {
		return err
	}
	return b.postgresServer.withoutAutovacuum(b.ctx, func() error {
		if err := errors.Join(p.roster.analyze(b.ctx), p.naive.analyze(b.ctx)); err != nil {
			return err
		}
		hot, err := b.compareCommandCPU(p, "hot", hotCourse)
		if err != nil {
			return err
		}
		spread, err := b.compareCommandCPU(p, "spread", manyCourses)
		if err != nil {
			return err
		}
		b.results.metric("pg_spread_cpu_vs_before", spread[p.roster].perCommand()/spread[p.naive].perCommand())
		publishing := make(map[*target]float64)
		for _, load := range []struct {
			name        string
			newWorkload workloadFunc
			costs       map[*target]commandCost // in a closed loop
		}{{"hot", hotCourse, hot}, {"spread", manyCourses, spread}} {
			rate := min(load.costs[p.roster].rate, load.costs[p.naive].rate) / 2
			c := comparison{p, fmt.Sprintf("PostgreSQL, %s, fixed rate, beside the build before", load.name), load.newWorkload,
				phase{clients: 256, rate: rate, warmUp: b.during / 4, during: b.during * 2 / 3}}
			of, err := b.comparePublishingCPU(c)
			if err != nil {
				return err
			}
			for t, µs := range of {
				publishing[t] += µs
			}
		}
		if publishing[p.roster] <= 0 || publishing[p.naive] <= 0 {
			return errors.New("commands with publishing needed less CPU than those without: other work disturbs the measurement")
		}
		b.results.metric("relay_cpu_per_event_vs_before", publishing[p.roster]/publishing[p.naive])
		return nil
	})
}

// A commandCost is what the commands of a phase cost.
type commandCost struct {
	rate     float64
	answers  int
	commands cpuUse // until all is published; in a phase without publishing, until its end
	catchUp  cpuUse // after that, until all is published
}

func (c commandCost) perCommand() float64 { return c.µs(c.commands.total()) }

func (c commandCost) µs(cpu time.Duration) float64 { return cpu.Seconds() * 1e6 / float64(c.answers) }

// report adds the cost to the figures.
func (c commandCost) report(b *bench, name string) {
	b.results.figure(name, "/s", c.rate)
	b.results.figure(name+", CPU of serve", "µs per command", c.µs(c.commands.serve))
	b.results.figure(name+", CPU of PostgreSQL", "µs per command", c.µs(c.commands.database))
}

// compareCommandCPU measures a closed loop.
func (b *bench) compareCommandCPU(p *serverPair, name string, newWorkload workloadFunc) (map[*target]commandCost, error) {
	c := comparison{p, fmt.Sprintf("PostgreSQL, %s, CPU beside the build before", name), newWorkload, b.closedLoop(clients)}
	costs := make(map[*target]commandCost)
	for _, t := range b.inTurn(p) {
		cost, err := b.measureCommands(c, t, true)
		if err != nil {
			return nil, err
		}
		cost.report(b, c.name+", "+t.name)
		costs[t] = cost
	}
	return costs, nil
}

// comparePublishingCPU returns the µs of CPU that publishing an event costs each server. Other work on the machine makes commands cost
// more, by more than publishing does: so it compares the cheapest of several short phases with publishing and without.
func (b *bench) comparePublishingCPU(c comparison) (map[*target]float64, error) {
	with, without, journal := make(map[*target]commandCost), make(map[*target]commandCost), make(map[*target]float64)
	for range 3 {
		for _, t := range b.inTurn(c.serverPair) {
			published, err := b.measureCommands(c, t, true)
			if err != nil {
				return nil, err
			}
			unpublished, err := b.measureCommands(c, t, false)
			if err != nil {
				return nil, err
			}
			with[t], without[t] = cheaper(with[t], published), cheaper(without[t], unpublished)
			if µs := unpublished.µs(unpublished.catchUp.total()); journal[t] == 0 || µs < journal[t] {
				journal[t] = µs
			}
		}
	}
	publishing := make(map[*target]float64)
	for _, t := range []*target{c.roster, c.naive} {
		publishing[t] = with[t].perCommand() - without[t].perCommand()
		with[t].report(b, c.name+", "+t.name)
		without[t].report(b, c.name+", "+t.name+", not published")
		b.results.figure(c.name+", "+t.name+", CPU of publishing", "µs per event", publishing[t])
		b.results.figure(c.name+", "+t.name+", CPU of publishing from the journal", "µs per event", journal[t])
	}
	return publishing, nil
}

// cheaper returns the phase whose commands needed less CPU. One without answers was not measured.
func cheaper(a, b commandCost) commandCost {
	if a.answers == 0 || b.perCommand() < a.perCommand() {
		return b
	}
	return a
}

// measureCommands measures a phase, with publishing or without.
func (b *bench) measureCommands(c comparison, t *target, publish bool) (cost commandCost, err error) {
	w, err := c.newWorkload(b, t, fmt.Sprintf("p%d", b.nextNumber()))
	if err == nil {
		err = t.waitUntilPublished(b.ctx)
	}
	if err != nil {
		return cost, err
	}
	commands := func() (err error) {
		cost.commands, err = b.cpuDuring(t, func() error {
			o, err := runPhase(b.ctx, []*target{t}, w, c.phase)
			cost.rate, cost.answers = o.rate, o.answers
			if err == nil && publish {
				err = t.waitUntilPublished(b.ctx)
			}
			return err
		})
		return err
	}
	if publish {
		err = commands()
	} else if err = b.withoutRelay(t, commands); err == nil {
		cost.catchUp, err = b.cpuDuring(t, func() error { return t.waitUntilPublished(b.ctx) })
	}
	if err != nil {
		return cost, fmt.Errorf("%s: %s: %w", c.name, t.name, err)
	}
	return cost, w.check(b.ctx, t)
}

// withoutRelay calls do while no process publishes the target's events. It holds the lock of the relay, whose text is a promise: an
// earlier build waits for the same lock. To take the lock it ends the session that holds it; serve waits for a second before it tries
// to take the lock again.
func (b *bench) withoutRelay(t *target, do func() error) error {
	conn, err := pgx.Connect(b.ctx, t.source)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(b.ctx))
	const lock = "hashtextextended('roster turn relay', 0)"
	err = waitForZero(b.ctx, time.Millisecond, "sessions with the lock of the relay", func() (int64, error) {
		var locked bool
		if err := conn.QueryRow(b.ctx, "SELECT pg_try_advisory_lock("+lock+")").Scan(&locked); err != nil || locked {
			return 0, err
		}
		_, err := conn.Exec(b.ctx, `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) + l.objid::bigint = `+lock)
		return 1, err
	})
	if err != nil {
		return err
	}
	return do()
}
