package main

import "time"

// p99 measures how late answers are at a fixed rate: half of what naive can at its best.
func p99(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	peak := 0.0
	for _, n := range []int{4, 8, 16, 64} {
		o, err := b.solo(p.naive, duel{p, "PostgreSQL, hot, in search of naive's peak", hotCourse, b.closed(n)})
		if err != nil {
			return err
		}
		peak = max(peak, o.rate)
	}
	at := phase{clients: 256, rate: peak / 2, warm: 500 * time.Millisecond, during: max(3*time.Second, 2*b.during)}
	ours, theirs, err := b.fight(duel{p, "PostgreSQL, hot, at half of naive's peak", hotCourse, at})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_p99_vs_naive", ours.p(99)/theirs.p(99))
	return nil
}
