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

type do = func(context.Context) error

// Turns broken on purpose, each named after the outage that it would cause.

// twoRelays knows nobody else.
type twoRelays struct{ ports.Locker }

func (twoRelays) WithLock(ctx context.Context, _ string, do do) error { return do(ctx) }

// twoRelaysInTwoProcesses knows nobody else of another process.
func twoRelaysInTwoProcesses(ports.Locker) (one, other ports.Locker) {
	return memstore.New(), memstore.New()
}

// relayStopsTheSchedule has one turn for everything.
type relayStopsTheSchedule struct{ ports.Locker }

func (s relayStopsTheSchedule) WithLock(ctx context.Context, _ string, do do) error {
	return s.Locker.WithLock(ctx, "", do)
}

// heldForEver keeps the turn when do fails.
type heldForEver struct{ ports.Locker }

func (s heldForEver) WithLock(ctx context.Context, name string, do do) error {
	ended := make(chan error, 2)
	go func() {
		ended <- s.Locker.WithLock(ctx, name, func(ctx context.Context) error {
			err := do(ctx)
			ended <- err
			if err != nil {
				<-ctx.Done()
			}
			return err
		})
	}()
	return <-ended
}

// heldByTheDead keeps the turn when do panics.
type heldByTheDead struct{ ports.Locker }

func (s heldByTheDead) WithLock(ctx context.Context, name string, do do) error {
	ended := make(chan func() error, 2)
	go func() {
		err := s.Locker.WithLock(ctx, name, func(ctx context.Context) error {
			defer func() {
				if p := recover(); p != nil {
					ended <- func() error { panic(p) }
					<-ctx.Done()
				}
			}()
			return do(ctx)
		})
		ended <- func() error { return err }
	}()
	return (<-ended)()
}

// defectHidden makes an error of a panic.
type defectHidden struct{ ports.Locker }

func (s defectHidden) WithLock(ctx context.Context, name string, do do) error {
	return s.Locker.WithLock(ctx, name, func(ctx context.Context) (err error) {
		defer func() { err = errors.Join(err, fmt.Errorf("%v", recover())) }()
		return do(ctx)
	})
}

// reasonLost says no more than that something failed.
type reasonLost struct{ ports.Locker }

func (s reasonLost) WithLock(ctx context.Context, name string, do do) error {
	if err := s.Locker.WithLock(ctx, name, do); err != nil {
		return fmt.Errorf("turn: %w", ports.ErrUnavailable)
	}
	return nil
}

// neverShutDown goes on when it is to end.
type neverShutDown struct{ ports.Locker }

func (s neverShutDown) WithLock(ctx context.Context, name string, do do) error {
	return s.Locker.WithLock(ctx, name, func(ctx context.Context) error { return do(context.WithoutCancel(ctx)) })
}

// waitsForEver waits for its turn whatever its deadline is.
type waitsForEver struct{ ports.Locker }

func (s waitsForEver) WithLock(ctx context.Context, name string, do do) error {
	return s.Locker.WithLock(context.WithoutCancel(ctx), name, func(context.Context) error {
		if ctx.Err() != nil {
			return ports.ErrUnavailable
		}
		return do(ctx)
	})
}

// toldDoneButNot swallows that there was no turn to be had.
type toldDoneButNot struct{ ports.Locker }

func (s toldDoneButNot) WithLock(ctx context.Context, name string, do do) (err error) {
	_ = s.Locker.WithLock(ctx, name, func(ctx context.Context) error { err = do(ctx); return err })
	return err
}

func TestBrokenTurnsAreCaught(t *testing.T) {
	t.Parallel()
	both := func(spoil func(ports.Locker) ports.Locker) func(ports.Locker) (one, other ports.Locker) {
		return func(whole ports.Locker) (one, other ports.Locker) {
			broken := spoil(whole)
			return broken, broken
		}
	}
	for outage, c := range map[string]struct {
		caughtBy string
		broken   func(ports.Locker) (one, other ports.Locker)
	}{
		"two relays":                  {"one at a time", both(func(s ports.Locker) ports.Locker { return twoRelays{s} })},
		"two relays in two processes": {"one at a time", twoRelaysInTwoProcesses},
		"relay stops the schedule":    {"names apart", both(func(s ports.Locker) ports.Locker { return relayStopsTheSchedule{s} })},
		"held for ever":               {"released", both(func(s ports.Locker) ports.Locker { return heldForEver{s} })},
		"held by the dead":            {"released after a panic", both(func(s ports.Locker) ports.Locker { return heldByTheDead{s} })},
		"defect hidden":               {"released after a panic", both(func(s ports.Locker) ports.Locker { return defectHidden{s} })},
		"reason lost":                 {"fn's error", both(func(s ports.Locker) ports.Locker { return reasonLost{s} })},
		"never shut down":             {"fn's context", both(func(s ports.Locker) ports.Locker { return neverShutDown{s} })},
		"waits for ever":              {"waiting ends", both(func(s ports.Locker) ports.Locker { return waitsForEver{s} })},
		"told done but not":           {"waiting ends", both(func(s ports.Locker) ports.Locker { return toldDoneButNot{s} })},
	} {
		t.Run(outage, func(t *testing.T) {
			t.Parallel()
			whole := func(testing.TB) (one, other ports.Locker) { s := memstore.New(); return s, s }
			broken := func(testing.TB) (one, other ports.Locker) { return c.broken(memstore.New()) }
			caught(t, portstest.LockerCases(), c.caughtBy, whole, broken)
		})
	}
}
