package sqlstore

import (
	"context"
	"time"
)

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.woken:
	case <-ctx.Done():
	}
}

// Turn implements [ports.Turns].
func (s *Store) Turn(ctx context.Context, name string, do func(context.Context) error) error {
	return s.opened.Turn(ctx, name, s.wake, do)
}

// committed tells that there is something new in a journal.
func (s *Store) committed() {
	s.wake()
	if s.engine.Notify != "" {
		s.others.tell()
	}
}

// wake ends an Await, the next one if there is none now.
func (s *Store) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// notify tells other processes. Where that fails, they find out by looking.
func (s *Store) notify() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = s.opened.Fresh.ExecContext(ctx, s.engine.Notify)
}
