package main

// pgSpread measures load over many courses.
func pgSpread(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	ours, theirs, err := b.fight(duel{p, "PostgreSQL, spread, 64 clients", manyCourses, b.closed(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_spread_c64_vs_naive", ours.rate/theirs.rate)
	return nil
}

// manyCourses are those that were loaded, full and with a line.
func manyCourses(_ *bench, _ *target, phase string) (workload, error) {
	return &enrolling{name: phase, course: "spread-", courses: spreadOver}, nil
}
