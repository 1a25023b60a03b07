package main

import (
	"fmt"
	"time"
)

// measureP99 measures latency at a fixed rate: half of naive's peak rate.
func measureP99(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	peak := 0.0
	for _, n := range []int{4, 8, 16, 64} {
		o, err := b.measureTargets(comparison{p, fmt.Sprintf("PostgreSQL, hot, in search of naive's peak, %d clients", n), hotCourse, b.closedLoop(n)}, p.naive)
		if err != nil {
			return err
		}
		peak = max(peak, o.rate)
	}
	load := phase{clients: 256, rate: peak / 2, warmUp: 500 * time.Millisecond, during: max(3*time.Second, 2*b.during)}
	roster, naive, err := b.compare(comparison{p, "PostgreSQL, hot, at half of naive's peak", hotCourse, load})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_p99_vs_naive", roster.percentile(99)/naive.percentile(99))
	return nil
}
