package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"example.com/roster/ports"
)

const (
	attempt      = 2 * ackTimeout // for one burst of messages
	retries      = 3
	firstPause   = 100 * time.Millisecond // between attempts, doubled each time: in all longer than it takes to connect again
	longestPause = time.Second
	pauseJitter  = 0.25 // of a pause

	breaks = 5               // attempts in a row that find the broker away open the breaker
	rest   = 2 * time.Second // until somebody asks again
)

// Why an attempt was the last, and says nothing of the broker.
var (
	errOvertaken = errors.New("somebody else publishes, too") // to try again would not be to go on
	errLeft      = errors.New("who asked has left")
)

// persistence tries again what may go well in a moment. While the broker is away, one who sends asks for all: the others are
// told at once.
func persistence(log *slog.Logger) failsafe.Executor[any] {
	again := retrypolicy.NewBuilder[any]().HandleIf(away).
		WithBackoff(firstPause, longestPause).WithJitterFactor(pauseJitter).WithMaxRetries(retries).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleIf(away).
		WithFailureThreshold(breaks).WithSuccessThreshold(1).WithDelay(rest).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("messages can't be sent, and wait")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("messages are sent again") }).
		Build()
	return failsafe.With[any](again, breaker, timeout.New[any](attempt))
}

// away reports whether an attempt found the broker away.
func away(_ any, err error) bool {
	return (errors.Is(err, ports.ErrUnavailable) || errors.Is(err, timeout.ErrExceeded)) &&
		!errors.Is(err, errOvertaken) && !errors.Is(err, errLeft)
}

// try does something with the broker, again where that may help. Its error is one of do, or [ports.ErrUnavailable].
func (b *Bus) try(ctx context.Context, do func(context.Context) error) error {
	err := b.persist.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		err := do(e.Context())
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", errLeft, err)
		}
		return err
	})
	if err != nil && ports.KindOf(err) == ports.ErrInternal && !errors.Is(err, ports.ErrInternal) { // one of failsafe's, or ctx's
		return fmt.Errorf("nats: %w: %w", ports.ErrUnavailable, err)
	}
	return err
}
