package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A curve is the results of one server with one workload, for increasing numbers of clients.
type curve struct {
	name   string
	points []point
}

type point struct{ clients, rate, p99 float64 }

// plot measures both servers with 1 to 256 clients, on one course and on many, and draws the curves.
func plot(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	byName := map[string]*curve{}
	var all []*curve
	for _, load := range []struct {
		name        string
		newWorkload workloadFunc
	}{{"one course", hotCourse}, {"10,000 courses", manyCourses}} {
		for _, t := range []*target{p.roster, p.naive} {
			c := &curve{name: t.name + ", " + load.name}
			byName[c.name] = c
			all = append(all, c)
		}
		for n := 1; n <= 256; n *= longOrShort(b.options, 2, 4) {
			roster, naive, err := b.compare(comparison{p, fmt.Sprintf("curve: %s, %d clients", load.name, n), load.newWorkload, b.shortClosedLoop(n)})
			if err != nil {
				return err
			}
			byName["roster, "+load.name].add(n, roster)
			byName["naive, "+load.name].add(n, naive)
		}
	}
	picture := []byte(drawSVG(all))
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
	c.points = append(c.points, point{float64(clients), o.rate, 1000 * o.percentile(99)})
}
