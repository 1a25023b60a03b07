package application

import (
	"context"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// LongestWait returns how long the first learner on the waitlist of a course has waited, and 0 if no one waits. Staff only.
func (s *Service) LongestWait(ctx context.Context, by ports.Actor, course domain.CourseID) (time.Duration, error) {
	first, err := s.Standings(ctx, by, course, ports.StandingPage{Status: domain.Waitlisted, Limit: 1})
	if err != nil || len(first) == 0 {
		return 0, err
	}
	return first[0].Waited(), nil
}
