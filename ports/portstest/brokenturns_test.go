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
type twoRelays struct{ ports.Turns }

func (twoRelays) Turn(ctx context.Context, _ string, do do) error { return do(ctx) }

// twoRelaysInTwoProcesses knows nobody else of another process.
func twoRelaysInTwoProcesses(ports.Turns) (one, other ports.Turns) {
	return memstore.New(), memstore.New()
}

// relayStopsTheSchedule has one turn for everything.
type relayStopsTheSchedule struct{ ports.Turns }

func (s relayStopsTheSchedule) Turn(ctx context.Context, _ string, do do) error {
	return s.Turns.Turn(ctx, "", do)
}

// heldForEver keeps the turn when do fails.
type heldForEver struct{ ports.Turns }

func (s heldForEver) Turn(ctx context.Context, name string, do do) error {
	ended := make(chan error, 2)
	go func() {
		ended <- s.Turns.Turn(ctx, name, func(ctx context.Context) error {
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
type heldByTheDead struct{ ports.Turns }

func (s heldByTheDead) Turn(ctx context.Context, name string, do do) error {
	ended := make(chan func() error, 2)
	go func() {
		err := s.Turns.Turn(ctx, name, func(ctx context.Context) error {
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
type defectHidden struct{ ports.Turns }

func (s defectHidden) Turn(ctx context.Context, name string, do do) error {
	return s.Turns.Turn(ctx, name, func(ctx context.Context) (err error) {
		defer func() { err = errors.Join(err, fmt.Errorf("%v", recover())) }()
		return do(ctx)
	})
}

// reasonLost says no more than that something failed.
type reasonLost struct{ ports.Turns }

func (s reasonLost) Turn(ctx context.Context, name string, do do) error {
	if err := s.Turns.Turn(ctx, name, do); err != nil {
		return fmt.Errorf("turn: %w", ports.ErrUnavailable)
	}
	return nil
}

// neverShutDown goes on when it is to end.
type neverShutDown struct{ ports.Turns }

func (s neverShutDown) Turn(ctx context.Context, name string, do do) error {
	return s.Turns.Turn(ctx, name, func(ctx context.Context) error { return do(context.WithoutCancel(ctx)) })
}

// waitsForEver waits for its turn whatever its deadline is.
type waitsForEver struct{ ports.Turns }

func (s waitsForEver) Turn(ctx context.Context, name string, do do) error {
	return s.Turns.Turn(context.WithoutCancel(ctx), name, func(context.Context) error {
		if ctx.Err() != nil {
			return ports.ErrUnavailable
		}
		return do(ctx)
	})
}

// toldDoneButNot swallows that there was no turn to be had.
type toldDoneButNot struct{ ports.Turns }

func (s toldDoneButNot) Turn(ctx context.Context, name string, do do) (err error) {
	_ = s.Turns.Turn(ctx, name, func(ctx context.Context) error { err = do(ctx); return err })
	return err
}

func TestBrokenTurnsAreCaught(t *testing.T) {
	t.Parallel()
	both := func(spoil func(ports.Turns) ports.Turns) func(ports.Turns) (one, other ports.Turns) {
		return func(whole ports.Turns) (one, other ports.Turns) {
			broken := spoil(whole)
			return broken, broken
		}
	}
	for outage, c := range map[string]struct {
		caughtBy string
		broken   func(ports.Turns) (one, other ports.Turns)
	}{
		"two relays":                  {"one at a time", both(func(s ports.Turns) ports.Turns { return twoRelays{s} })},
		"two relays in two processes": {"one at a time", twoRelaysInTwoProcesses},
		"relay stops the schedule":    {"names apart", both(func(s ports.Turns) ports.Turns { return relayStopsTheSchedule{s} })},
		"held for ever":               {"given back", both(func(s ports.Turns) ports.Turns { return heldForEver{s} })},
		"held by the dead":            {"given back in a panic", both(func(s ports.Turns) ports.Turns { return heldByTheDead{s} })},
		"defect hidden":               {"given back in a panic", both(func(s ports.Turns) ports.Turns { return defectHidden{s} })},
		"reason lost":                 {"do's error", both(func(s ports.Turns) ports.Turns { return reasonLost{s} })},
		"never shut down":             {"do's context", both(func(s ports.Turns) ports.Turns { return neverShutDown{s} })},
		"waits for ever":              {"no more waiting", both(func(s ports.Turns) ports.Turns { return waitsForEver{s} })},
		"told done but not":           {"no more waiting", both(func(s ports.Turns) ports.Turns { return toldDoneButNot{s} })},
	} {
		t.Run(outage, func(t *testing.T) {
			t.Parallel()
			whole := func(testing.TB) (one, other ports.Turns) { s := memstore.New(); return s, s }
			broken := func(testing.TB) (one, other ports.Turns) { return c.broken(memstore.New()) }
			caught(t, portstest.TurnsCases(), c.caughtBy, whole, broken)
		})
	}
}
