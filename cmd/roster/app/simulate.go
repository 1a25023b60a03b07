package app

import (
	"cmp"
	"context"

	"example.com/roster/adapters/importer"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A simulation is the core on a store in memory. It copies a course from one snapshot of another store when a command or a query
// first names it.
type simulation struct {
	*application.Service
	memory   *memstore.Store
	snapshot ports.Reader
	tenant   domain.TenantID
	copied   map[domain.CourseID]bool
}

// simulate returns a function that opens a snapshot of the tenant and simulates it. The store is only read, and takes no lock.
func simulate(store ports.Store, tenant domain.TenantID) func(context.Context, func(importer.Simulation) error) error {
	return func(ctx context.Context, use func(importer.Simulation) error) error {
		return store.Snapshot(ctx, tenant, func(r ports.Reader) error {
			memory := memstore.New()
			return use(&simulation{application.New(memory), memory, r, tenant, map[domain.CourseID]bool{}})
		})
	}
}

// Submit runs commands without their keys: a simulation resumes nothing, and need not keep the replies.
func (s *simulation) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(commands))
	for i, c := range commands {
		c.Key = ""
		for _, a := range c.Actions {
			replies[i].Err = cmp.Or(replies[i].Err, s.copy(ctx, a.CourseID()))
		}
		if replies[i].Err == nil {
			replies[i] = s.Service.Submit(ctx, c)[0]
		}
	}
	return replies
}

// Course implements [importer.Simulation].
func (s *simulation) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (domain.Course, error) {
	if err := s.copy(ctx, id); err != nil {
		return domain.Course{}, err
	}
	return s.Service.Course(ctx, by, id)
}

// Standings implements [importer.Simulation].
func (s *simulation) Standings(ctx context.Context, by ports.Actor, id domain.CourseID, page ports.StandingPage) ([]ports.RankedStanding, error) {
	if err := s.copy(ctx, id); err != nil {
		return nil, err
	}
	return s.Service.Standings(ctx, by, id, page)
}

func (s *simulation) copy(ctx context.Context, id domain.CourseID) error {
	if s.copied[id] {
		return nil
	}
	course, err := s.snapshot.Course(ctx, s.tenant, id)
	if err != nil && err != domain.ErrCourseNotFound {
		return err
	}
	for page := (ports.StandingPage{Limit: 1000}); course.Exists(); {
		ranked, err := s.snapshot.Standings(ctx, s.tenant, id, page)
		if err != nil {
			return err
		}
		changes := ports.Changes{Courses: []domain.Course{course}}
		for _, r := range ranked {
			changes.Standings, page.After = append(changes.Standings, r.Standing), r.Sequence
		}
		put := func(ports.Loaded) (ports.Changes, error) { return changes, nil }
		if err := s.memory.Update(ctx, ports.Need{Tenant: s.tenant}, put); err != nil {
			return err
		}
		if len(ranked) < page.Limit {
			break
		}
	}
	s.copied[id] = true
	return nil
}
