package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A curve is what one of a pair did under a workload, from one client to many.
type curve struct {
	name   string
	points []point
}

type point struct{ clients, rate, p99 float64 }

// curves measures both from 1 to 256 clients, on one course and on many, and draws it.
func curves(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	drawn := map[string]*curve{}
	var all []*curve
	for _, on := range []struct {
		name string
		with func(*bench, *target, string) (workload, error)
	}{{"one course", hotCourse}, {"10,000 courses", manyCourses}} {
		for _, t := range []*target{p.roster, p.naive} {
			c := &curve{name: t.name + ", " + on.name}
			drawn[c.name] = c
			all = append(all, c)
		}
		for n := 1; n <= 256; n *= size(b.options, 2, 4) {
			ours, theirs, err := b.fight(duel{p, fmt.Sprintf("curve: %s, %d clients", on.name, n), on.with, b.brief(n)})
			if err != nil {
				return err
			}
			drawn["roster, "+on.name].add(n, ours)
			drawn["naive, "+on.name].add(n, theirs)
		}
	}
	picture := []byte(draw(all))
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	err = os.WriteFile(filepath.Join(b.out, "performance.svg"), picture, 0o644)
	if b.plot != "" {
		err = errors.Join(err, os.WriteFile(b.plot, picture, 0o644))
	}
	return err
}

func (c *curve) add(clients int, o outcome) {
	c.points = append(c.points, point{float64(clients), o.rate, 1000 * o.p(99)})
}
