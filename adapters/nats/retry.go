package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"example.com/roster/ports"
)

const (
	attemptTimeout = 2 * ackTimeout // for one window of messages
	maxRetries     = 3
	minBackoff     = 100 * time.Millisecond // doubled after each attempt: in sum longer than a reconnect takes
	maxBackoff     = time.Second
	backoffJitter  = 0.25 // of a backoff
)

// errOtherPublisher ends the retries of an attempt: a retry would not continue after the own last message.
var errOtherPublisher = errors.New("another process publishes too")

// errDuplicate ends the retries, too: the same id would be dropped again.
var errDuplicate = errors.New("the broker dropped it as a duplicate of another message")

// errShorter ends the retries, so that the caller looks what is lost.
var errShorter = errors.New("the stream was emptied, or restored to an earlier state")

// retries is the policy by which everything is sent.
var retries = failsafe.With[any](
	retrypolicy.NewBuilder[any]().HandleErrors(ports.ErrUnavailable, timeout.ErrExceeded).AbortOnErrors(errOtherPublisher, errDuplicate, errShorter, errNoRight).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(maxRetries).ReturnLastFailure().Build(),
	timeout.New[any](attemptTimeout))

// sendAll sends n messages and returns how many were acknowledged. It calls send for one window after another, with the number of
// messages that are done; send returns how many more were acknowledged.
//
// A window that finds the broker unavailable is retried after a backoff, at most maxRetries times. Then, or when ctx ends, the
// error is [ports.ErrUnavailable], and the caller may try again at any time.
func sendAll(ctx context.Context, n int, send func(ctx context.Context, done int) (int, error)) (done int, err error) {
	for done < n && err == nil {
		err = retries.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
			acknowledged, err := send(e.Context(), done)
			done += acknowledged
			return err
		})
	}
	switch {
	case done == n: // even if ctx has ended since
		return done, nil
	case errors.Is(err, ports.ErrInternal), errors.Is(err, ports.ErrUnavailable):
		return done, err
	default: // the end of ctx, or the timeout of an attempt
		return done, fmt.Errorf("nats: %w: %w", ports.ErrUnavailable, err)
	}
}
