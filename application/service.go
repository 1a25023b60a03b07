package application

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Service is the whole core on one store. It starts no goroutine and has nothing to close.
type Service struct {
	store       ports.Store
	maintenance ports.MaintenanceStore // this one and the next two are nil if absent
	erasure     ports.ErasureStore
	deadLetters ports.DeadLetterStore
	clock       ports.Clock
	ids         ports.IDs

	retention time.Duration // of published entries in the journals; 0 keeps them for ever
	batchers  sync.Pool     // each serves one call at a time
}

// New returns a service on store. Without options it uses the system's clock and random ids, and [ports.MaintenanceStore],
// [ports.ErasureStore] and [ports.DeadLetterStore] if store implements them. A method that needs an absent one returns an error
// that wraps [ports.ErrInternal] and says what to do.
func New(store ports.Store, options ...Option) *Service {
	s := &Service{store: store, clock: systemClock{}, ids: systemIDs{}}
	s.maintenance, _ = store.(ports.MaintenanceStore)
	s.erasure, _ = store.(ports.ErasureStore)
	s.deadLetters, _ = store.(ports.DeadLetterStore)
	for _, o := range options {
		o(s)
	}
	s.batchers.New = func() any { return newPrivate(s) }
	return s
}

// An Option changes a part of a [Service].
type Option func(*Service)

// WithMaintenance makes the service use m to expire, purge and republish.
func WithMaintenance(m ports.MaintenanceStore) Option { return func(s *Service) { s.maintenance = m } }

// WithErasure makes the service use e to forget learners.
func WithErasure(e ports.ErasureStore) Option { return func(s *Service) { s.erasure = e } }

// WithDeadLetters makes the service use d for dead letters.
func WithDeadLetters(d ports.DeadLetterStore) Option { return func(s *Service) { s.deadLetters = d } }

// WithClock sets the clock, which gives the time of every event.
func WithClock(clock ports.Clock) Option { return func(s *Service) { s.clock = clock } }

// WithIDs sets the source of the ids of enrollments, events and correlations.
func WithIDs(ids ports.IDs) Option { return func(s *Service) { s.ids = ids } }

// WithRetention makes [Service.Purge] remove published entries older than d that are no longer the latest of their learner or
// course. Without it, journals are never purged.
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

// require returns an error that says what to do if an optional port is nil.
func require(port any, what, implement, pass string) error {
	if port != nil {
		return nil
	}
	return fmt.Errorf("%w: this store has no %s: implement ports.%s or pass application.%s", ports.ErrInternal, what, implement, pass)
}
