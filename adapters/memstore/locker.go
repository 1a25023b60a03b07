package memstore

import "context"

// WithLock implements [ports.Locker]; the callers are goroutines of one process.
func (s *Store) WithLock(ctx context.Context, name string, fn func(context.Context) error) error {
	lock := s.lockOf(name)
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
		return fn(ctx)
	case <-ctx.Done():
		return unavailable(ctx)
	}
}

func (s *Store) lockOf(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[name] == nil {
		s.locks[name] = make(chan struct{}, 1)
	}
	return s.locks[name]
}
