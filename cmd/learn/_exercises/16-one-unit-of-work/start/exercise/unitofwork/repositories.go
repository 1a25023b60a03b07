package unitofwork

import (
	"context"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Standings saves standings. Each call is a transaction.
type Standings struct{ Store ports.Store }

// Save saves what a learner holds.
func (s Standings) Save(ctx context.Context, standing domain.Standing) error {
	return save(ctx, s.Store, ports.Changes{Standings: []domain.Standing{standing}})
}

// Courses saves courses with their counters. Each call is a transaction.
type Courses struct{ Store ports.Store }

// Save saves the course.
func (c Courses) Save(ctx context.Context, course domain.Course) error {
	return save(ctx, c.Store, ports.Changes{Courses: []domain.Course{course}})
}

// Journal saves events. Each call is a transaction.
type Journal struct{ Store ports.Store }

// Append adds an event at the end of the course's journal.
func (j Journal) Append(ctx context.Context, e domain.Event) error {
	return save(ctx, j.Store, ports.Changes{Journal: []ports.Entry{entryOf(e)}})
}

func save(ctx context.Context, store ports.Store, changes ports.Changes) error {
	return store.Update(ctx, ports.Need{Tenant: Tenant}, func(ports.Loaded) (ports.Changes, error) { return changes, nil })
}

// entryOf returns the event as a journal has it.
func entryOf(e domain.Event) ports.Entry {
	return ports.Entry{ID: fmt.Sprint(e.Course, "-", e.Sequence), Event: e}
}
