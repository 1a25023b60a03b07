package main

import "fmt"

// A comparison is one workload that is measured on both servers in turns.
type comparison struct {
	*serverPair
	name        string // in the figures
	newWorkload workloadFunc
	phase       phase
}

// A workloadFunc prepares a target for a workload, whose learners' ids begin with the name of the phase.
type workloadFunc func(b *bench, t *target, phase string) (workload, error)

// compare measures both servers in turn, and verifies their data afterwards.
func (b *bench) compare(c comparison) (roster, naive outcome, err error) {
	outcomes := make(map[*target]outcome)
	for _, t := range b.inTurn(c.serverPair) {
		if outcomes[t], err = b.measureTargets(c, t); err != nil {
			return roster, naive, err
		}
	}
	return outcomes[c.roster], outcomes[c.naive], nil
}

// inTurn returns both servers, in the other order in every other round.
func (b *bench) inTurn(p *serverPair) []*target {
	if b.round%2 == 1 {
		return []*target{p.naive, p.roster}
	}
	return []*target{p.roster, p.naive}
}

// measureTargets measures one server, or several that share a database.
func (b *bench) measureTargets(c comparison, targets ...*target) (outcome, error) {
	t, name := targets[0], fmt.Sprintf("p%d", b.nextNumber())
	w, err := c.newWorkload(b, t, name)
	if err != nil {
		return outcome{}, err
	}
	waitForProfile := b.startProfile(t, c.name)
	o, err := runPhase(b.ctx, targets, w, c.phase)
	waitForProfile()
	if err != nil {
		return o, fmt.Errorf("%s: %s: %w", c.name, t.name, err)
	}
	b.results.figure(c.name+", "+t.name, "/s", o.rate)
	b.results.figure(c.name+", "+t.name+", p99", "ms", 1000*o.percentile(99))
	if err := t.waitUntilPublished(b.ctx); err != nil {
		return o, err
	}
	return o, w.check(b.ctx, t)
}

// closedLoop is a phase in which each client sends its next request after the answer.
func (b *bench) closedLoop(clients int) phase {
	return phase{clients: clients, warmUp: b.during / 4, during: b.during}
}

// shortClosedLoop is a shorter one, for groups with many phases.
func (b *bench) shortClosedLoop(clients int) phase {
	return phase{clients: clients, warmUp: b.during / 4, during: b.during * 2 / 3}
}

// clients is the number of clients of most phases.
const clients = 64
