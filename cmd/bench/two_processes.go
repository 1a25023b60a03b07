package main

import "fmt"

// measureTwoProcesses measures two processes on one database against one process.
func measureTwoProcesses(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	second, err := b.serveRoster("roster", p.roster.database, "pgx", p.roster.source)
	if err != nil {
		return err
	}
	defer second.stop()
	rates := make(map[int]float64)
	for _, n := range []int{1 + b.round%2, 2 - b.round%2} {
		c := comparison{p, fmt.Sprintf("PostgreSQL, hot, 64 clients, processes: %d", n), hotCourse, b.closedLoop(clients)}
		o, err := b.measureTargets(c, []*target{p.roster, second}[:n]...)
		if err != nil {
			return err
		}
		rates[n] = o.rate
	}
	b.results.metric("pg_two_serves_vs_one", rates[2]/rates[1])
	return nil
}
