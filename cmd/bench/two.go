package main

import "fmt"

// two measures two processes on one database against one of them.
func two(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	second, err := b.serve("roster", p.roster.database, "pgx", b.server.at("roster_main", nil))
	if err != nil {
		return err
	}
	defer second.stop()
	of := make(map[int]float64)
	for _, n := range []int{1 + b.round%2, 2 - b.round%2} {
		d := duel{p, fmt.Sprintf("PostgreSQL, hot, 64 clients, processes: %d", n), hotCourse, b.closed(clients)}
		o, err := b.soloOn([]*target{p.roster, second}[:n], d)
		if err != nil {
			return err
		}
		of[n] = o.rate
	}
	b.results.metric("pg_two_serves_vs_one", of[2]/of[1])
	return nil
}
