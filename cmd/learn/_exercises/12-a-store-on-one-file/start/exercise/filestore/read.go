package filestore

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

func (s *Store) Course(_ context.Context, id domain.TenantID, course domain.CourseID) (domain.Course, error) {
	c := s.tenant(id).course(course)
	if !c.Exists() {
		return domain.Course{}, domain.ErrCourseNotFound
	}
	return c.Course, nil
}

func (s *Store) Courses(_ context.Context, id domain.TenantID, page ports.CoursePage) (found []domain.Course, err error) {
	for _, c := range s.tenant(id).courses {
		if c.ID > page.After && (page.Open == nil || c.Open == *page.Open) {
			found = append(found, c.Course)
		}
	}
	slices.SortFunc(found, func(a, b domain.Course) int { return cmp.Compare(a.ID, b.ID) })
	return found[:min(len(found), page.Limit)], nil
}

func (s *Store) Standing(_ context.Context, id domain.TenantID, course domain.CourseID, learner domain.LearnerID) (ports.RankedStanding, error) {
	for _, r := range s.tenant(id).course(course).ranked() {
		if r.Learner == learner {
			return r, nil
		}
	}
	return ports.RankedStanding{}, domain.ErrNotEnrolled
}

func (s *Store) Standings(_ context.Context, id domain.TenantID, course domain.CourseID, page ports.StandingPage) (found []ports.RankedStanding, err error) {
	for _, r := range s.tenant(id).course(course).ranked() {
		if r.Sequence > page.After && (page.Status == "" || r.Status == page.Status) {
			found = append(found, r)
		}
	}
	return found[:min(len(found), page.Limit)], nil
}

func (s *Store) Journal(_ context.Context, id domain.TenantID, course domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for _, e := range s.tenant(id).course(course).journal {
			if e.Sequence > after && !yield(e, nil) {
				return
			}
		}
	}
}

func (s *Store) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 0, nil
}
