package memstore

import "context"

// WithLock implements [ports.Locker]; the callers are goroutines of one process.
func (s *Store) WithLock(ctx context.Context, name string, fn func(context.Context) error) error {
	return withLock(ctx, s.lockOf(name), func() error { return fn(ctx) })
}

func (s *Store) lockOf(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[name] == nil {
		s.locks[name] = make(chan struct{}, 1)
	}
	return s.locks[name]
}

// withLock calls fn while it holds the lock, a channel with room for one value.
func withLock(ctx context.Context, lock chan struct{}, fn func() error) error {
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
		if ctx.Err() != nil { // select may choose either
			return unavailable(ctx)
		}
		return fn()
	case <-ctx.Done():
		return unavailable(ctx)
	}
}
