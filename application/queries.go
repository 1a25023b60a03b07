package application

import (
	"cmp"
	"context"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Course implements [ports.Queries].
func (s *Service) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (domain.Course, error) {
	if err := cmp.Or(known(by), id.Validate()); err != nil {
		return domain.Course{}, err
	}
	return s.store.Course(ctx, by.Tenant, id)
}

// Courses implements [ports.Queries].
func (s *Service) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) ([]domain.Course, error) {
	if err := cmp.Or(known(by), validateLimit(page.Limit)); err != nil {
		return nil, err
	}
	return s.store.Courses(ctx, by.Tenant, page)
}

// Standing implements [ports.Queries].
func (s *Service) Standing(ctx context.Context, by ports.Actor, course domain.CourseID, learner domain.LearnerID) (ports.RankedStanding, error) {
	if err := maySee(by, learner); err != nil {
		return ports.RankedStanding{}, err
	}
	if _, err := s.Course(ctx, by, course); err != nil {
		return ports.RankedStanding{}, err
	}
	return s.store.Standing(ctx, by.Tenant, course, learner)
}

// Standings implements [ports.Queries].
func (s *Service) Standings(ctx context.Context, by ports.Actor, course domain.CourseID, page ports.StandingPage) ([]ports.RankedStanding, error) {
	if err := cmp.Or(knownStaff(by), validateLimit(page.Limit)); err != nil {
		return nil, err
	}
	if _, err := s.Course(ctx, by, course); err != nil {
		return nil, err
	}
	return s.store.Standings(ctx, by.Tenant, course, page)
}

func validateLimit(limit int) error {
	if limit < 1 {
		return &domain.Violation{Field: "limit", Detail: fmt.Sprintf("must be 1 or more, got %d", limit)}
	}
	return nil
}
