package portstest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/ports"
)

// An OpenLocker returns the lockers of two processes on the same new store, and closes them with t. If only one process can
// open the store, both are the same.
type OpenLocker func(t testing.TB) (one, other ports.Locker)

// TestLocker tests the lockers that open returns against the contract of [ports.Locker].
func TestLocker(t *testing.T, open OpenLocker) { test(t, LockerCases(), open) }

// LockerCases returns the cases of [TestLocker].
func LockerCases() []Case[OpenLocker] {
	return []Case[OpenLocker]{
		{"one at a time", "WithLock waits until no process on the same store holds the lock of that name", oneAtATime},
		{"names apart", "Locks of different names must not wait for each other.", namesApart},
		{"held until fn returns", "WithLock waits until no process on the same store holds the lock of that name … The lock must be released when fn returns or panics", heldUntilFnReturns},
		{"released", "The lock must be released when fn returns or panics", released},
		{"released after a panic", "The lock must be released when fn returns or panics, and when its process ends in any way. A panic goes on.", releasedAfterPanic},
		{"fn's error", "calls fn, and returns fn's error", fnsError},
		{"fn's context", "The context of fn must end when ctx ends", fnsContext},
		{"waiting ends", "If the lock can't be acquired, or ctx ends first, the error must wrap ErrUnavailable, and fn is not called.", waitingEnds},
	}
}

// locks are the lockers of two processes.
type locks struct {
	testing.TB
	both [2]ports.Locker
}

func newLocks(t testing.TB, open OpenLocker) *locks {
	one, other := open(t)
	return &locks{t, [2]ports.Locker{one, other}}
}

func (t *locks) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*timeout)
	t.Cleanup(cancel)
	return ctx
}

// requireFree requires that both processes can get the lock.
func (t *locks) requireFree(name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx(), timeout)
	defer cancel()
	for _, each := range t.both {
		ran := false
		if err := each.WithLock(ctx, name, func(context.Context) error { ran = true; return nil }); err != nil || !ran {
			t.Fatalf("the lock is free, but WithLock returned %v and called fn: %v", err, ran)
		}
	}
}

// hold acquires the lock, and returns what releases it: the end of ctx does not.
func (t *locks) hold(ctx context.Context, who ports.Locker, name string) (release func()) {
	t.Helper()
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- who.WithLock(ctx, name, func(context.Context) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	select {
	case <-inside:
	case err := <-left:
		t.Fatalf("WithLock: %v", err)
	}
	return sync.OnceFunc(func() {
		close(leave)
		if err := <-left; err != nil {
			t.Errorf("WithLock: %v", err)
		}
	})
}

func oneAtATime(tb testing.TB, open OpenLocker) {
	const each = 4
	t := newLocks(tb, open)
	var inside, ran atomic.Int64
	together(4, func(i int) {
		for range each {
			err := t.both[i%2].WithLock(t.ctx(), "relay", func(context.Context) error {
				if n := inside.Add(1); n > 1 {
					t.Errorf("%d hold the lock", n)
				}
				time.Sleep(2 * time.Millisecond) // steady: makes it likely that a second holder is noticed
				inside.Add(-1)
				ran.Add(1)
				return nil
			})
			if err != nil {
				t.Errorf("WithLock: %v", err)
			}
		}
	})
	if ran.Load() != 4*each {
		t.Errorf("fn ran %d times, want %d", ran.Load(), 4*each)
	}
}

func namesApart(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	release := t.hold(t.ctx(), t.both[0], "relay")
	defer release()
	for _, name := range []string{"schedule", "Relay", "relay2", ""} {
		t.requireFree(name)
	}
}

// heldUntilFnReturns ends the context of fn, which has work to finish, as the relay has when its process is told to stop.
func heldUntilFnReturns(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	for i, each := range t.both {
		ctx, cancel := context.WithCancel(t.ctx())
		release := t.hold(ctx, each, "relay")
		defer release() // also if the case fails
		cancel()
		short, cancel := context.WithTimeout(t.ctx(), 100*time.Millisecond) // steady: on a slow machine, less is tested
		defer cancel()
		err := t.both[1-i].WithLock(short, "relay", func(context.Context) error {
			t.Errorf("two hold the lock, after the context of the first has ended")
			return nil
		})
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("WithLock returned %v, want %v", err, ports.ErrUnavailable)
		}
		release()
		t.requireFree("relay")
	}
}

func released(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	for _, each := range t.both {
		for _, end := range []error{nil, errors.New("on purpose"), ports.ErrUnavailable} {
			if err := each.WithLock(t.ctx(), "relay", func(context.Context) error { return end }); !errors.Is(err, end) {
				t.Errorf("WithLock returned %v, want %v", err, end)
			}
			t.requireFree("relay")
		}
		ctx, cancel := context.WithCancel(t.ctx())
		_ = each.WithLock(ctx, "relay", func(context.Context) error { cancel(); return nil })
		t.requireFree("relay")
	}
}

func releasedAfterPanic(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	for _, each := range t.both {
		func() {
			defer func() {
				if p := recover(); p != "on purpose" {
					t.Errorf("fn's panic became %v", p)
				}
			}()
			_ = each.WithLock(t.ctx(), "relay", func(context.Context) error { panic("on purpose") })
		}()
		t.requireFree("relay")
	}
}

func fnsError(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	sentinel := errors.New("on purpose")
	for _, each := range t.both {
		if err := each.WithLock(t.ctx(), "relay", func(context.Context) error { return sentinel }); err != sentinel {
			t.Errorf("WithLock returned %v, want fn's own error", err)
		}
	}
}

func fnsContext(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	for _, each := range t.both {
		ctx, cancel := context.WithCancel(t.ctx())
		err := each.WithLock(ctx, "relay", func(ctx context.Context) error {
			if ctx.Err() != nil {
				t.Errorf("fn starts with %v", ctx.Err())
			}
			cancel()
			select {
			case <-ctx.Done():
			case <-time.After(timeout):
				t.Errorf("the context of fn has not ended with ctx")
			}
			return nil
		})
		if err != nil {
			t.Errorf("WithLock: %v", err)
		}
	}
}

func waitingEnds(tb testing.TB, open OpenLocker) {
	t := newLocks(tb, open)
	release := t.hold(t.ctx(), t.both[0], "relay")
	defer release()                                                  // also if the case fails
	ctx, cancel := context.WithTimeout(t.ctx(), 50*time.Millisecond) // steady: the deadline that must end the wait
	defer cancel()
	for _, each := range t.both { // for the second, ctx has ended already
		gaveUp := make(chan error, 1)
		go func() {
			gaveUp <- each.WithLock(ctx, "relay", func(context.Context) error {
				t.Errorf("two hold the lock")
				return nil
			})
		}()
		if err := Receive(t.TB, "WithLock returns at its deadline", gaveUp); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("WithLock returned %v, want %v", err, ports.ErrUnavailable)
		}
	}
	release()
	t.requireFree("relay")
	for range 20 { // a store that chooses at random between a free lock and an ended context chooses both
		for _, each := range t.both {
			err := each.WithLock(ctx, "relay", func(context.Context) error {
				t.Errorf("fn was called after ctx had ended")
				return nil
			})
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("WithLock of a free lock returned %v after ctx had ended, want %v", err, ports.ErrUnavailable)
			}
		}
	}
}
