package main

import (
	"fmt"
	"time"
)

// measureP99 measures latency: of lone requests on a server that is idle otherwise, and at two fixed rates, half of naive's peak rate and
// all of it.
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
	lone, naiveLone, err := b.compare(comparison{p, "PostgreSQL, hot, a lone client", hotCourse, b.closedLoop(1)})
	if err != nil {
		return err
	}
	b.results.figure("PostgreSQL, hot, a lone request, roster", "ms", 1000*lone.percentile(50))
	b.results.figure("PostgreSQL, hot, a lone request, naive", "ms", 1000*naiveLone.percentile(50))
	load := phase{clients: 256, rate: peak / 2, warmUp: 500 * time.Millisecond, during: max(3*time.Second, 2*b.during)}
	roster, naive, err := b.compare(comparison{p, "PostgreSQL, hot, at half of naive's peak", hotCourse, load})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_p99_vs_naive", roster.percentile(99)/naive.percentile(99))
	b.results.metric("p99_vs_lone", roster.percentile(99)/lone.percentile(50))
	load.rate = peak
	if roster, naive, err = b.compare(comparison{p, "PostgreSQL, hot, at naive's peak", hotCourse, load}); err != nil {
		return err
	}
	b.results.metric("p99_at_naive_peak", roster.percentile(99)/naive.percentile(99))
	return nil
}
