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
	return s.unpublished(ctx, limit, func(c ports.CourseRef) bool { return compare(c, after) > 0 })
}

// UnpublishedOf implements [ports.Outbox].
func (s *Store) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.unpublished(ctx, limit, func(c ports.CourseRef) bool { return slices.Contains(courses, c) })
}

func (s *Store) unpublished(ctx context.Context, limit int, selected func(ports.CourseRef) bool) ([]ports.Message, error) {
	if ctx.Err() != nil {
		return nil, unavailable(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []ports.Message
	for _, ref := range s.unpublishedCourses(selected) {
		c := s.tenants[ref.Tenant].courses[ref.Course]
		for _, e := range c.entries(c.published) {
			if len(found) == limit {
				return found, nil
			}
			found = append(found, ports.Message{Tenant: ref.Tenant, Entry: e})
		}
	}
	return found, nil
}

// unpublishedCourses returns those of the selected courses that have unpublished entries, in order.
func (s *Store) unpublishedCourses(selected func(ports.CourseRef) bool) (refs []ports.CourseRef) {
	for tenant, t := range s.tenants {
		for id, c := range t.courses {
			if ref := (ports.CourseRef{Tenant: tenant, Course: id}); c.Sequence > c.published && selected(ref) {
				refs = append(refs, ref)
			}
		}
	}
	slices.SortFunc(refs, compare)
	return refs
}

func compare(a, b ports.CourseRef) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Course, b.Course))
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(ctx context.Context, messages []ports.Message) error {
	return s.commitChange(ctx, func() {
		for _, m := range messages {
			c := s.tenants[m.Tenant].courses[m.Course]
			if next := c.entries(c.published); len(next) > 0 && next[0].Sequence == m.Sequence {
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

// Await implements [ports.Outbox]. It returns no courses, since reading all of them is fast.
func (s *Store) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.committed:
	case <-ctx.Done():
	}
	return nil
}

// notify makes Await return: the one that waits, or else the next one.
func (s *Store) notify() {
	select {
	case s.committed <- struct{}{}:
	default:
	}
}
