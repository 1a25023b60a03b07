package main

import "fmt"

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
func (b *bench) solo(t *target, d duel) (outcome, error) { return b.soloOn([]*target{t}, d) }

// soloOn measures servers of one database together.
func (b *bench) soloOn(targets []*target, d duel) (outcome, error) {
	t, name := targets[0], fmt.Sprintf("p%d", b.number())
	w, err := d.with(b, t, name)
	if err != nil {
		return outcome{}, err
	}
	profiled := b.profiled(t, d.name)
	o, err := play(b.ctx, targets, w, d.phase)
	profiled()
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

// brief is such a phase where there are many of them.
func (b *bench) brief(clients int) phase {
	return phase{clients: clients, warm: b.during / 4, during: b.during * 2 / 3}
}

// clients is how many are at it, where nothing else is said.
const clients = 64
