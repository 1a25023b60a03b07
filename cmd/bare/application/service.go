package application

import "example.com/roster/cmd/bare/ports"

var _ ports.Service = (*Service)(nil)

// A Service is the whole core on one store. It starts no goroutine and has nothing to close.
type Service struct {
	store ports.Store
	clock ports.Clock
}

// New returns a service on store. Without options it uses the system's clock.
func New(store ports.Store, options ...Option) *Service {
	s := &Service{store: store, clock: systemClock{}}
	for _, o := range options {
		o(s)
	}
	return s
}

// An Option changes a part of a [Service].
type Option func(*Service)

// WithClock makes clock the source of the time of every change.
func WithClock(clock ports.Clock) Option { return func(s *Service) { s.clock = clock } }
