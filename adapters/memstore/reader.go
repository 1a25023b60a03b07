package memstore

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Course implements [ports.Reader].
func (s *Store) Course(_ context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.tenants[tenant].course(id)
	if !c.Exists() {
		return domain.Course{}, domain.ErrCourseNotFound
	}
	return c.Course, nil
}

// Courses implements [ports.Reader]; it sorts the ids at every call.
func (s *Store) Courses(_ context.Context, tenant domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []domain.Course
	for c := range maps.Values(s.tenants[tenant].courses) {
		if c.Exists() && c.ID > page.After && (page.Open == nil || c.Open == *page.Open) {
			found = append(found, c.Course)
		}
	}
	slices.SortFunc(found, func(a, b domain.Course) int { return cmp.Compare(a.ID, b.ID) })
	return found[:min(len(found), page.Limit)], nil
}

// Standing implements [ports.Reader].
func (s *Store) Standing(_ context.Context, tenant domain.TenantID, id domain.CourseID, learner domain.LearnerID) (ports.RankedStanding, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.tenants[tenant].course(id).ranked(learner)
	if found.Status == domain.None {
		return ports.RankedStanding{}, domain.ErrNotEnrolled
	}
	return found, nil
}

func (c *course) ranked(learner domain.LearnerID) ports.RankedStanding {
	found := ports.RankedStanding{Standing: c.standings[learner]}
	if found.Status == domain.Waitlisted {
		found.Position = c.position(found.Sequence)
	}
	return found
}

// Standings implements [ports.Reader]. It counts the first position; the next ones follow from it.
func (s *Store) Standings(_ context.Context, tenant domain.TenantID, id domain.CourseID, page ports.StandingPage) (found []ports.RankedStanding, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, position := s.tenants[tenant].course(id), 0
	for standing := range c.current(c.all.after(page.After)) {
		if page.Status != "" && standing.Status != page.Status {
			continue
		}
		ranked := ports.RankedStanding{Standing: standing}
		if standing.Status == domain.Waitlisted {
			if position == 0 {
				position = c.position(standing.Sequence)
			}
			ranked.Position = position
			position++
		}
		if found = append(found, ranked); len(found) == page.Limit {
			break
		}
	}
	return found, nil
}

// position returns how many learners wait up to sequence.
func (c *course) position(sequence int64) (n int) {
	for s := range c.current(c.waitlist) {
		if s.Sequence > sequence {
			break
		}
		n++
	}
	return n
}

// Journal implements [ports.Reader]. It yields what is committed when the loop starts.
func (s *Store) Journal(_ context.Context, tenant domain.TenantID, id domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		s.mu.RLock()
		entries := s.tenants[tenant].course(id).entries(after)
		s.mu.RUnlock()
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Purged implements [ports.Reader].
func (s *Store) Purged(_ context.Context, tenant domain.TenantID, id domain.CourseID) (int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tenants[tenant].course(id).purged, nil
}
