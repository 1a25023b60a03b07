package main

import "fmt"

// measureFewClients measures few clients, whose requests can rarely be batched: roster must not be slower than naive.
func measureFewClients(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	worst := 0.0
	for _, load := range []struct {
		name        string
		newWorkload workloadFunc
	}{{"hot", hotCourse}, {"spread", manyCourses}} {
		for _, n := range []int{1, 2, 4, 8, 16} {
			roster, naive, err := b.compare(comparison{p, fmt.Sprintf("PostgreSQL, %s, %d clients", load.name, n), load.newWorkload, b.shortClosedLoop(n)})
			if err != nil {
				return err
			}
			ratio := roster.rate / naive.rate
			b.results.figure(fmt.Sprintf("PostgreSQL, %s, %d clients, roster ÷ naive", load.name, n), "×", ratio)
			if worst == 0 || ratio < worst {
				worst = ratio
			}
		}
	}
	b.results.metric("pg_worst_low_concurrency_vs_naive", worst)
	return nil
}
