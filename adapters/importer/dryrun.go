package importer

import (
	"context"
	"errors"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// DryRun returns commands that change nothing. [Run] uses them to validate a file: they refuse a row if its course does not
// exist, and return an empty outcome for every other row. They do not predict what the other rules would decide.
func DryRun(courses ports.Queries) ports.Commands {
	return &dryRun{courses, map[domain.CourseID]error{}}
}

type dryRun struct {
	courses ports.Queries
	known   map[domain.CourseID]error // the result of the last lookup of a course
}

const maxKnown = 10_000 // courses

// Submit implements [ports.Commands].
func (d *dryRun) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(commands))
	for i, c := range commands {
		replies[i] = d.check(ctx, c)
	}
	return replies
}

func (d *dryRun) check(ctx context.Context, c ports.Command) ports.Reply {
	outcomes := make([]ports.Outcome, len(c.Actions))
	for i, a := range c.Actions {
		err, ok := d.known[a.CourseID()]
		if !ok {
			_, err = d.courses.Course(ctx, c.By, a.CourseID())
		}
		if err != nil && !errors.Is(err, domain.ErrCourseNotFound) {
			return ports.Reply{Err: err}
		}
		if len(d.known) == maxKnown {
			clear(d.known)
		}
		d.known[a.CourseID()] = err
		outcomes[i].Refused = ports.KindOf(err)
	}
	return ports.Reply{Outcomes: outcomes}
}
