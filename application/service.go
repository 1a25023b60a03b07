package application

import (
	"context"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Service = (*Service)(nil)

// A Service is the whole core on one store. It starts no goroutine, and there is nothing to close.
type Service struct {
	store       ports.Store
	maintenance ports.MaintenanceStore
	erasure     ports.ErasureStore
	deadLetters ports.DeadLetterStore
	clock       ports.Clock
	ids         ports.IDs

	retention time.Duration // of what is published in the journals; 0: for good
	batchers  sync.Pool     // each serves one call at a time
}

// New returns a service on a store. Without options it uses the system's clock and random ids, and the store
// also for maintenance, erasure and dead letters if it implements [ports.MaintenanceStore], [ports.ErasureStore] and
// [ports.DeadLetterStore]. A method that needs one of these and has none returns an error that wraps [ports.ErrInternal].
func New(store ports.Store, options ...Option) *Service {
	s := &Service{
		store:       store,
		maintenance: optional[ports.MaintenanceStore](store),
		erasure:     optional[ports.ErasureStore](store),
		deadLetters: optional[ports.DeadLetterStore](store),
		clock:       systemClock{},
		ids:         systemIDs{},
	}
	for _, o := range options {
		o(s)
	}
	s.batchers.New = func() any { return newAlone(s) }
	return s
}

// An Option replaces a part of a [Service].
type Option func(*Service)

// WithMaintenance makes the service expire, purge and republish in m.
func WithMaintenance(m ports.MaintenanceStore) Option { return func(s *Service) { s.maintenance = m } }

// WithErasure makes the service forget learners in e.
func WithErasure(e ports.ErasureStore) Option { return func(s *Service) { s.erasure = e } }

// WithDeadLetters makes the service keep dead letters in d.
func WithDeadLetters(d ports.DeadLetterStore) Option { return func(s *Service) { s.deadLetters = d } }

// WithClock sets the clock, which gives the time of every event.
func WithClock(clock ports.Clock) Option { return func(s *Service) { s.clock = clock } }

// WithIDs sets the source of the ids of enrollments, events and correlations.
func WithIDs(ids ports.IDs) Option { return func(s *Service) { s.ids = ids } }

// WithRetention makes [Service.Purge] remove journal entries that are published, older than d, and followed by a later entry
// of the same learner. Without it, journals stay complete.
func WithRetention(d time.Duration) Option { return func(s *Service) { s.retention = d } }

// Enroll submits one [ports.Enroll]. A refusal is a [*ports.Refusal].
func (s *Service) Enroll(ctx context.Context, by ports.Actor, course domain.CourseID, learner domain.LearnerID) (ports.Outcome, error) {
	return s.submitOne(ctx, by, ports.Enroll{Course: course, Learner: learner})
}

// Withdraw submits one [ports.Withdraw]. A refusal is a [*ports.Refusal].
func (s *Service) Withdraw(ctx context.Context, by ports.Actor, course domain.CourseID, learner domain.LearnerID) (ports.Outcome, error) {
	return s.submitOne(ctx, by, ports.Withdraw{Course: course, Learner: learner})
}

// PutCourse submits one [ports.PutCourse]. A refusal is a [*ports.Refusal].
func (s *Service) PutCourse(ctx context.Context, by ports.Actor, id domain.CourseID, settings domain.Settings) (ports.Outcome, error) {
	return s.submitOne(ctx, by, ports.PutCourse{Course: id, Settings: settings})
}

func (s *Service) submitOne(ctx context.Context, by ports.Actor, action ports.Action) (ports.Outcome, error) {
	return s.Submit(ctx, ports.Command{By: by, Actions: []ports.Action{action}})[0].One()
}
