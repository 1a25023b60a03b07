package portstest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/ports"
)

// An OpenLocker returns the turns of a fresh store as two processes have them, and closes them with t. Where a store belongs
// to one process, both are the same.
type OpenLocker func(t testing.TB) (one, other ports.Locker)

// TestLocker holds the turns that open returns to the contract of [ports.Locker].
func TestLocker(t *testing.T, open OpenLocker) { test(t, LockerCases(), open) }

// LockerCases returns the cases of [TestLocker].
func LockerCases() []Case[OpenLocker] {
	return []Case[OpenLocker]{
		{"one at a time", "Turn waits until nobody has the turn of that name, in any process on the same store", oneAtATime},
		{"names apart", "turns of different names don't wait for each other", namesApart},
		{"given back", "the turn is given back when do returns, whatever it returns", givenBack},
		{"given back in a panic", "the turn is given back however do ends, and a panic goes on", givenBackInAPanic},
		{"do's error", "Turn returns what do returns", dosError},
		{"do's context", "the context of do ends with ctx", dosContext},
		{"no more waiting", "a turn that can't be waited for is ErrUnavailable", noMoreWaiting},
	}
}

// turns are those of two processes, with a case that looks at them.
type turns struct {
	testing.TB
	both [2]ports.Locker
}

func newTurns(t testing.TB, open OpenLocker) *turns {
	one, other := open(t)
	return &turns{t, [2]ports.Locker{one, other}}
}

func (t *turns) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*patienceOf(t.TB))
	t.Cleanup(cancel)
	return ctx
}

// free requires that everybody can have the turn.
func (t *turns) free(name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx(), patienceOf(t.TB))
	defer cancel()
	for _, each := range t.both {
		ran := false
		if err := each.WithLock(ctx, name, func(context.Context) error { ran = true; return nil }); err != nil || !ran {
			t.Fatalf("nobody has the turn, and it came to %v; it was had: %v", err, ran)
		}
	}
}

// hold takes the turn, and returns what gives it back.
func (t *turns) hold(who ports.Locker, name string) (release func()) {
	t.Helper()
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- who.WithLock(t.ctx(), name, func(context.Context) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	select {
	case <-inside:
	case err := <-left:
		t.Fatalf("Turn: %v", err)
	}
	return func() {
		close(leave)
		if err := <-left; err != nil {
			t.Errorf("Turn: %v", err)
		}
	}
}

func oneAtATime(tb testing.TB, open OpenLocker) {
	const each = 4
	t := newTurns(tb, open)
	var inside, had atomic.Int64
	together(4, func(i int) {
		for range each {
			err := t.both[i%2].WithLock(t.ctx(), "relay", func(context.Context) error {
				if n := inside.Add(1); n > 1 {
					t.Errorf("%d have the turn", n)
				}
				time.Sleep(2 * time.Millisecond) // so that who does not wait is seen
				inside.Add(-1)
				had.Add(1)
				return nil
			})
			if err != nil {
				t.Errorf("Turn: %v", err)
			}
		}
	})
	if had.Load() != 4*each {
		t.Errorf("%d turns were had, want %d", had.Load(), 4*each)
	}
}

func namesApart(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	release := t.hold(t.both[0], "relay")
	defer release()
	for _, name := range []string{"schedule", "Relay", "relay2", ""} {
		t.free(name)
	}
}

func givenBack(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	for _, each := range t.both {
		for _, end := range []error{nil, errors.New("on purpose"), ports.ErrUnavailable} {
			if err := each.WithLock(t.ctx(), "relay", func(context.Context) error { return end }); !errors.Is(err, end) {
				t.Errorf("Turn returned %v, want %v", err, end)
			}
			t.free("relay")
		}
		ctx, cancel := context.WithCancel(t.ctx())
		_ = each.WithLock(ctx, "relay", func(context.Context) error { cancel(); return nil })
		t.free("relay")
	}
}

func givenBackInAPanic(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	for _, each := range t.both {
		func() {
			defer func() {
				if p := recover(); p != "on purpose" {
					t.Errorf("do's panic came out as %v", p)
				}
			}()
			_ = each.WithLock(t.ctx(), "relay", func(context.Context) error { panic("on purpose") })
		}()
		t.free("relay")
	}
}

func dosError(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	sentinel := errors.New("on purpose")
	for _, each := range t.both {
		if err := each.WithLock(t.ctx(), "relay", func(context.Context) error { return sentinel }); err != sentinel {
			t.Errorf("Turn returned %v, want do's own error", err)
		}
	}
}

func dosContext(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	for _, each := range t.both {
		ctx, cancel := context.WithCancel(t.ctx())
		err := each.WithLock(ctx, "relay", func(ctx context.Context) error {
			if ctx.Err() != nil {
				t.Errorf("the turn begins with %v", ctx.Err())
			}
			cancel()
			select {
			case <-ctx.Done():
			case <-time.After(patienceOf(t.TB)):
				t.Errorf("the context of do goes on after ctx has ended")
			}
			return nil
		})
		if err != nil {
			t.Errorf("Turn: %v", err)
		}
	}
}

func noMoreWaiting(tb testing.TB, open OpenLocker) {
	t := newTurns(tb, open)
	release := t.hold(t.both[0], "relay")
	ctx, cancel := context.WithTimeout(t.ctx(), 50*time.Millisecond)
	defer cancel()
	for _, each := range t.both { // the second comes with a context that has ended already
		gaveUp := make(chan error, 1)
		go func() {
			gaveUp <- each.WithLock(ctx, "relay", func(context.Context) error {
				t.Errorf("two have the turn")
				return nil
			})
		}()
		select {
		case err := <-gaveUp:
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Turn returned %v, want %v", err, ports.ErrUnavailable)
			}
		case <-time.After(patienceOf(t.TB) / 2):
			t.Errorf("Turn waits past its deadline")
		}
	}
	release()
	t.free("relay")
}
