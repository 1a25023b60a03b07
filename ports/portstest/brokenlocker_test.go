package portstest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

type fn = func(context.Context) error

// Lockers that are broken on purpose.

// locksNothing does not lock.
type locksNothing struct{ ports.Locker }

func (locksNothing) WithLock(ctx context.Context, _ string, fn fn) error { return fn(ctx) }

// locksInOneProcess returns lockers that do not know each other.
func locksInOneProcess(ports.Locker) (one, other ports.Locker) {
	return memstore.New(), memstore.New()
}

// hasOneLock has one lock for all names.
type hasOneLock struct{ ports.Locker }

func (s hasOneLock) WithLock(ctx context.Context, _ string, fn fn) error {
	return s.Locker.WithLock(ctx, "", fn)
}

// releasesWithContext releases the lock when ctx ends, though fn is still running.
type releasesWithContext struct{ ports.Locker }

func (s releasesWithContext) WithLock(ctx context.Context, name string, fn fn) error {
	returned := make(chan error, 1)
	err := s.Locker.WithLock(ctx, name, func(ctx context.Context) error {
		go func() { returned <- fn(ctx) }()
		select {
		case err := <-returned:
			returned <- err
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil {
		return err
	}
	return <-returned
}

// keepsLockAfterError does not release the lock when fn returns an error.
type keepsLockAfterError struct{ ports.Locker }

func (s keepsLockAfterError) WithLock(ctx context.Context, name string, fn fn) error {
	ended := make(chan error, 2)
	go func() {
		ended <- s.Locker.WithLock(ctx, name, func(ctx context.Context) error {
			err := fn(ctx)
			ended <- err
			if err != nil {
				<-ctx.Done()
			}
			return err
		})
	}()
	return <-ended
}

// keepsLockAfterPanic does not release the lock when fn panics.
type keepsLockAfterPanic struct{ ports.Locker }

func (s keepsLockAfterPanic) WithLock(ctx context.Context, name string, fn fn) error {
	ended := make(chan func() error, 2)
	go func() {
		err := s.Locker.WithLock(ctx, name, func(ctx context.Context) error {
			defer func() {
				if p := recover(); p != nil {
					ended <- func() error { panic(p) }
					<-ctx.Done()
				}
			}()
			return fn(ctx)
		})
		ended <- func() error { return err }
	}()
	return (<-ended)()
}

// recoversPanic turns a panic into an error.
type recoversPanic struct{ ports.Locker }

func (s recoversPanic) WithLock(ctx context.Context, name string, fn fn) error {
	return s.Locker.WithLock(ctx, name, func(ctx context.Context) (err error) {
		defer func() { err = errors.Join(err, fmt.Errorf("%v", recover())) }()
		return fn(ctx)
	})
}

// replacesError replaces fn's error.
type replacesError struct{ ports.Locker }

func (s replacesError) WithLock(ctx context.Context, name string, fn fn) error {
	if err := s.Locker.WithLock(ctx, name, fn); err != nil {
		return fmt.Errorf("lock: %w", ports.ErrUnavailable)
	}
	return nil
}

// detachesContext gives fn a context that does not end with ctx.
type detachesContext struct{ ports.Locker }

func (s detachesContext) WithLock(ctx context.Context, name string, fn fn) error {
	return s.Locker.WithLock(ctx, name, func(ctx context.Context) error { return fn(context.WithoutCancel(ctx)) })
}

// waitsPastDeadline waits for the lock after ctx has ended.
type waitsPastDeadline struct{ ports.Locker }

func (s waitsPastDeadline) WithLock(ctx context.Context, name string, fn fn) error {
	return s.Locker.WithLock(context.WithoutCancel(ctx), name, func(context.Context) error {
		if ctx.Err() != nil {
			return ports.ErrUnavailable
		}
		return fn(ctx)
	})
}

// ignoresLockErrors returns no error when it can't acquire the lock.
type ignoresLockErrors struct{ ports.Locker }

func (s ignoresLockErrors) WithLock(ctx context.Context, name string, fn fn) (err error) {
	_ = s.Locker.WithLock(ctx, name, func(ctx context.Context) error { err = fn(ctx); return err })
	return err
}

func TestBrokenLockersAreCaught(t *testing.T) {
	t.Parallel()
	both := func(spoil func(ports.Locker) ports.Locker) func(ports.Locker) (one, other ports.Locker) {
		return func(whole ports.Locker) (one, other ports.Locker) {
			broken := spoil(whole)
			return broken, broken
		}
	}
	for defect, c := range map[string]struct {
		caughtBy string
		broken   func(ports.Locker) (one, other ports.Locker)
	}{
		"locks nothing":          {"one at a time", both(func(s ports.Locker) ports.Locker { return locksNothing{s} })},
		"locks in one process":   {"one at a time", locksInOneProcess},
		"has one lock":           {"names apart", both(func(s ports.Locker) ports.Locker { return hasOneLock{s} })},
		"releases with context":  {"held until fn returns", both(func(s ports.Locker) ports.Locker { return releasesWithContext{s} })},
		"keeps lock after error": {"released", both(func(s ports.Locker) ports.Locker { return keepsLockAfterError{s} })},
		"keeps lock after panic": {"released after a panic", both(func(s ports.Locker) ports.Locker { return keepsLockAfterPanic{s} })},
		"recovers panic":         {"released after a panic", both(func(s ports.Locker) ports.Locker { return recoversPanic{s} })},
		"replaces error":         {"fn's error", both(func(s ports.Locker) ports.Locker { return replacesError{s} })},
		"detaches context":       {"fn's context", both(func(s ports.Locker) ports.Locker { return detachesContext{s} })},
		"waits past deadline":    {"waiting ends", both(func(s ports.Locker) ports.Locker { return waitsPastDeadline{s} })},
		"ignores lock errors":    {"waiting ends", both(func(s ports.Locker) ports.Locker { return ignoresLockErrors{s} })},
	} {
		t.Run(defect, func(t *testing.T) {
			t.Parallel()
			whole := func(testing.TB) (one, other ports.Locker) { s := memstore.New(); return s, s }
			broken := func(testing.TB) (one, other ports.Locker) { return c.broken(memstore.New()) }
			caught(t, portstest.LockerCases(), c.caughtBy, whole, broken)
		})
	}
}
