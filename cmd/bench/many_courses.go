package main

// measurePostgresSpread measures load on many courses.
func measurePostgresSpread(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	roster, naive, err := b.compare(comparison{p, "PostgreSQL, spread, 64 clients", manyCourses, b.closedLoop(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_spread_c64_vs_naive", roster.rate/naive.rate)
	return nil
}

// manyCourses uses the preloaded courses, which are full and have a waitlist.
func manyCourses(_ *bench, _ *target, phase string) (workload, error) {
	return &enrollWorkload{name: phase, course: "spread-", courses: spreadCourses}, nil
}
