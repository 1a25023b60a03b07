package application

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Rename implements [ports.Renames]. It repeats until from has no standing, because the learner may enroll meanwhile.
func (s *Service) Rename(ctx context.Context, by ports.Actor, from, to domain.LearnerID) (renamed int, err error) {
	if err := cmp.Or(knownStaff(by), from.Validate(), to.ValidateNew(), s.hasErasure()); err != nil {
		return 0, err
	}
	if from == to {
		return 0, &domain.Violation{Field: "learnerId", Detail: "must change, got the same id twice"}
	}
	for {
		courses, err := s.coursesOf(ctx, by.Tenant, from)
		if err != nil {
			return renamed, err
		}
		if len(courses) == 0 {
			break
		}
		taken, err := s.coursesOf(ctx, by.Tenant, to)
		if err != nil {
			return renamed, err
		}
		if both := slices.DeleteFunc(taken, func(id domain.CourseID) bool { return !slices.Contains(courses, id) }); len(both) > 0 {
			return renamed, alreadyExists(both)
		}
		for chunk := range slices.Chunk(courses, ports.MaxActions) {
			n, err := s.rename(ctx, by.Tenant, chunk, from, to)
			if renamed += n; err != nil {
				return renamed, err
			}
		}
	}
	if renamed == 0 {
		return 0, fmt.Errorf("%w: %s has never held anything", ports.ErrNotFound, from)
	}
	return renamed, nil
}

// rename renames the learner on these courses in one transaction, except on those on which another call has.
func (s *Service) rename(ctx context.Context, tenant domain.TenantID, courses []domain.CourseID, from, to domain.LearnerID) (renamed int, err error) {
	need := ports.Need{Tenant: tenant}
	for _, id := range courses {
		need.Courses = append(need.Courses, ports.NeedCourse{ID: id, Learners: []domain.LearnerID{min(from, to), max(from, to)}})
	}
	correlation := s.ids.New()
	err = s.store.Update(ctx, need, func(loaded ports.Loaded) (changes ports.Changes, _ error) {
		at := s.clock.Now().UTC().Truncate(time.Microsecond)
		for _, r := range loaded.Rosters {
			switch err := r.Rename(from, to, at); err {
			case nil:
			case domain.ErrNotEnrolled:
				continue
			default:
				return changes, alreadyExists([]domain.CourseID{r.Course.ID})
			}
			changes.Courses = append(changes.Courses, r.Course)
			changes.Renamed = append(changes.Renamed, ports.RenamedStanding{Course: r.Course.ID, From: from, To: to})
			changes.Journal = append(changes.Journal, ports.Entry{ID: s.ids.New(), Correlation: correlation, Event: r.Events()[0]})
		}
		renamed = len(changes.Courses)
		return changes, nil
	})
	if err != nil {
		return 0, err
	}
	return renamed, nil
}

// maxNamed is how many courses an error names.
const maxNamed = 20

func alreadyExists(courses []domain.CourseID) error {
	named := fmt.Sprintf("%q", courses[:min(len(courses), maxNamed)])
	if more := len(courses) - maxNamed; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("%w: both ids have held something on %s", domain.ErrAlreadyExists, named)
}

// coursesOf returns the courses on which the learner holds or has held something, in order.
func (s *Service) coursesOf(ctx context.Context, tenant domain.TenantID, learner domain.LearnerID) (courses []domain.CourseID, err error) {
	for page := (ports.LearnerPage{Limit: verifyPage}); ; {
		standings, err := s.erasure.LearnerStandings(ctx, tenant, learner, page)
		if err != nil {
			return nil, err
		}
		for _, standing := range standings {
			courses = append(courses, standing.Course)
			page.After = standing.Course
		}
		if len(standings) < page.Limit {
			return courses, nil
		}
	}
}
