package main

import "fmt"

// low measures few clients, where nothing can be done together: there nothing may be lost.
func low(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	worst := 0.0
	for _, on := range []struct {
		name string
		with func(*bench, *target, string) (workload, error)
	}{{"hot", hotCourse}, {"spread", manyCourses}} {
		for _, n := range []int{1, 2, 4, 8, 16} {
			ours, theirs, err := b.fight(duel{p, fmt.Sprintf("PostgreSQL, %s, %d clients", on.name, n), on.with, b.brief(n)})
			if err != nil {
				return err
			}
			ratio := ours.rate / theirs.rate
			b.results.figure(fmt.Sprintf("PostgreSQL, %s, %d clients, roster ÷ naive", on.name, n), "×", ratio)
			if worst == 0 || ratio < worst {
				worst = ratio
			}
		}
	}
	b.results.metric("pg_worst_low_concurrency_vs_naive", worst)
	return nil
}
