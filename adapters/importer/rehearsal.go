package importer

import (
	"context"
	"errors"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Rehearsal returns commands that change nothing, for [Run] to try a file with: they refuse a row whose course does not exist
// and let every other pass without an outcome. What else the rules would say is not known before the rows are done.
func Rehearsal(courses ports.Queries) ports.Commands {
	return &rehearsal{courses, map[domain.CourseID]error{}}
}

type rehearsal struct {
	courses ports.Queries
	known   map[domain.CourseID]error // what was said of a course before
}

const maxKnown = 10_000

// Submit implements [ports.Commands].
func (r *rehearsal) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(commands))
	for i, c := range commands {
		replies[i] = r.try(ctx, c)
	}
	return replies
}

func (r *rehearsal) try(ctx context.Context, c ports.Command) ports.Reply {
	outcomes := make([]ports.Outcome, len(c.Actions))
	for i, a := range c.Actions {
		err, ok := r.known[a.CourseID()]
		if !ok {
			_, err = r.courses.Course(ctx, c.By, a.CourseID())
		}
		if err != nil && !errors.Is(err, domain.ErrCourseNotFound) {
			return ports.Reply{Err: err}
		}
		if len(r.known) == maxKnown {
			clear(r.known)
		}
		r.known[a.CourseID()] = err
		outcomes[i].Refused = ports.KindOf(err)
	}
	return ports.Reply{Outcomes: outcomes}
}
