package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/roster/ports"
)

// Unpublished implements [ports.Outbox].
func (s *Store) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.unpublished(ctx, limit, func(at ports.CourseRef) bool { return compare(at, after) > 0 })
}

// UnpublishedOf implements [ports.Outbox].
func (s *Store) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.unpublished(ctx, limit, func(at ports.CourseRef) bool { return slices.Contains(courses, at) })
}

func (s *Store) unpublished(ctx context.Context, limit int, of func(ports.CourseRef) bool) ([]ports.Message, error) {
	if ctx.Err() != nil {
		return nil, gone(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []ports.Message
	for _, at := range s.behind(of) {
		c := s.tenants[at.Tenant].courses[at.Course]
		for _, e := range c.entries(c.published) {
			if len(found) == limit {
				return found, nil
			}
			found = append(found, ports.Message{Tenant: at.Tenant, Entry: e})
		}
	}
	return found, nil
}

// behind returns those courses that have something unpublished, in order.
func (s *Store) behind(of func(ports.CourseRef) bool) (places []ports.CourseRef) {
	for tenant, t := range s.tenants {
		for id, c := range t.courses {
			if at := (ports.CourseRef{Tenant: tenant, Course: id}); c.Sequence > c.published && of(at) {
				places = append(places, at)
			}
		}
	}
	slices.SortFunc(places, compare)
	return places
}

func compare(a, b ports.CourseRef) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Course, b.Course))
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(_ context.Context, messages []ports.Message) error {
	return s.committing(func() {
		for _, m := range messages {
			c := s.tenants[m.Tenant].courses[m.Course]
			if waiting := c.entries(c.published); len(waiting) > 0 && waiting[0].Sequence == m.Sequence {
				c.published = m.Sequence
			}
		}
	})
}

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(context.Context) (b ports.Backlog, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.tenants {
		for _, c := range t.courses {
			for _, e := range c.entries(c.published) {
				b.Messages++
				if b.Oldest.IsZero() || e.At.Before(b.Oldest) {
					b.Oldest = e.At
				}
			}
		}
	}
	return b, nil
}

// Await implements [ports.Outbox]. Where the commit was is soon found by looking at all.
func (s *Store) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.committed:
	case <-ctx.Done():
	}
	return nil
}

// wake ends an Await, the next one if there is none now.
func (s *Store) wake() {
	select {
	case s.committed <- struct{}{}:
	default:
	}
}

// Turn implements [ports.Locker]; the one process there is competes with itself.
func (s *Store) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	turn := s.turnOf(name)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
		return do(ctx)
	case <-ctx.Done():
		return gone(ctx)
	}
}

func (s *Store) turnOf(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns[name] == nil {
		s.turns[name] = make(chan struct{}, 1)
	}
	return s.turns[name]
}
