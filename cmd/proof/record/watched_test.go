package record_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A watchedService is the core, and records what is called: by the names of operations, each once.
type watchedService struct {
	ports.Service
	mu    sync.Mutex
	calls []string
}

func (s *watchedService) called(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.calls, name) {
		s.calls = append(s.calls, name)
	}
}

// take returns what was called, in order of name, and forgets it.
func (s *watchedService) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	slices.Sort(calls)
	return calls
}

func (s *watchedService) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	for _, c := range commands {
		for _, a := range c.Actions {
			s.called("Commands.Submit " + a.Name())
		}
	}
	return s.Service.Submit(ctx, commands...)
}

func (s *watchedService) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (domain.Course, error) {
	s.called("Queries.Course")
	return s.Service.Course(ctx, by, id)
}

func (s *watchedService) Courses(ctx context.Context, by ports.Actor, p ports.CoursePage) ([]domain.Course, error) {
	s.called("Queries.Courses")
	return s.Service.Courses(ctx, by, p)
}

func (s *watchedService) Standing(ctx context.Context, by ports.Actor, c domain.CourseID, l domain.LearnerID) (ports.RankedStanding, error) {
	s.called("Queries.Standing")
	return s.Service.Standing(ctx, by, c, l)
}

func (s *watchedService) Standings(ctx context.Context, by ports.Actor, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	s.called("Queries.Standings")
	return s.Service.Standings(ctx, by, c, p)
}

func (s *watchedService) LearnerStandings(ctx context.Context, by ports.Actor, l domain.LearnerID, p ports.LearnerPage) ([]ports.RankedStanding, error) {
	s.called("Queries.LearnerStandings")
	return s.Service.LearnerStandings(ctx, by, l, p)
}

func (s *watchedService) VerifyJournal(ctx context.Context, by ports.Actor, c domain.CourseID) (ports.CheckReport, error) {
	s.called("Verifier.VerifyJournal")
	return s.Service.VerifyJournal(ctx, by, c)
}

func (s *watchedService) Republish(ctx context.Context, by ports.Actor, since time.Time) (int, error) {
	s.called("Maintenance.Republish")
	return s.Service.Republish(ctx, by, since)
}

func (s *watchedService) About(ctx context.Context, by ports.Actor, l domain.LearnerID) (ports.PersonalData, error) {
	s.called("Erasure.About")
	return s.Service.About(ctx, by, l)
}

func (s *watchedService) Rename(ctx context.Context, by ports.Actor, from, to domain.LearnerID) (int, error) {
	s.called("Erasure.Rename")
	return s.Service.Rename(ctx, by, from, to)
}

func (s *watchedService) Forget(ctx context.Context, by ports.Actor, l domain.LearnerID) (ports.Forgotten, error) {
	s.called("Erasure.Forget")
	return s.Service.Forget(ctx, by, l)
}

func (s *watchedService) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	s.called("DeadLetters.PutDeadLetters")
	return s.Service.PutDeadLetters(ctx, by, letters)
}

func (s *watchedService) ListDeadLetters(ctx context.Context, by ports.Actor, p ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	s.called("DeadLetters.ListDeadLetters")
	return s.Service.ListDeadLetters(ctx, by, p)
}

func (s *watchedService) DeleteDeadLetters(ctx context.Context, by ports.Actor, ids []string) error {
	s.called("DeadLetters.DeleteDeadLetters")
	return s.Service.DeleteDeadLetters(ctx, by, ids)
}
