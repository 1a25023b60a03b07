package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"example.com/roster/ports"
)

const (
	attemptTimeout = 30 * time.Second // for one transaction, or a few
	batchTimeout   = time.Minute      // while the store is unavailable, until the batch is returned to the queue

	minBackoff    = 100 * time.Millisecond // doubled after each attempt
	maxBackoff    = 5 * time.Second
	backoffJitter = 0.25 // of a backoff

	internalAttempts = 3 // after an internal error

	failureThreshold = 5 // attempts in a row that find the store unavailable open the breaker
	coolDown         = 2 * time.Second
)

// Why an attempt is retried.
var (
	errUnavailable = errors.New("not available now")
	errInternal    = errors.New("internal error")
)

// newRetrier returns the policy by which a worker submits.
//
// Terms. An attempt is one Submit of some commands, at most attemptTimeout long. The breaker is a circuit breaker that all batches
// of the worker share.
//
// States of the breaker:
//
//   - Closed: an attempt that finds the store unavailable is retried after a backoff. After failureThreshold such attempts in a
//     row, of any batch, the breaker opens.
//   - Open: every batch waits, and none is submitted. After coolDown the breaker is half open.
//   - Half open: one attempt probes the store for all batches. Success closes the breaker, failure opens it again.
//
// Failure. A batch that is not answered after batchTimeout is returned to the queue. An internal error is retried until
// internalAttempts are used up, because its cause may be in the command.
func newRetrier(log *slog.Logger) failsafe.Executor[any] {
	untilAvailable := retrypolicy.NewBuilder[any]().HandleErrors(errUnavailable, circuitbreaker.ErrOpen, timeout.ErrExceeded).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(-1).Build()
	afterInternal := retrypolicy.NewBuilder[any]().HandleErrors(errInternal).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxAttempts(internalAttempts).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleErrors(ports.ErrUnavailable, timeout.ErrExceeded).
		WithFailureThreshold(failureThreshold).WithSuccessThreshold(1).WithDelay(coolDown).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("queued commands paused: store unavailable")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("queued commands resumed") }).
		Build()
	return failsafe.With[any](untilAvailable, afterInternal, breaker, timeout.New[any](attemptTimeout))
}

// submit submits the tasks together until they are answered or a retry can't help, and sets their latest replies. An error means
// that some of them must be delivered again; it wraps [ports.ErrUnavailable].
func (w *Worker) submit(ctx context.Context, tasks []*task) error {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	commands := make([]ports.Command, len(tasks))
	for i, t := range tasks {
		commands[i] = t.Command
		t.reply = ports.Reply{Err: ports.ErrUnavailable} // until there is one
	}
	err := w.retrier.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		for i, reply := range submitOnce(e.Context(), w.commands, commands...) {
			tasks[i].reply = reply
			tasks[i].attempts++
		}
		return retryReason(tasks)
	})
	reason := retryReason(tasks)
	if reason == nil || errors.Is(err, errInternal) {
		return nil
	}
	return fmt.Errorf("%w: %d commands returned to the queue: %w", ports.ErrUnavailable, len(tasks), reason)
}

// submitOnce submits once. A panic of the core becomes an internal error: otherwise it would end this process, and then every
// process that the command is delivered to.
func submitOnce(ctx context.Context, c ports.Commands, commands ...ports.Command) (replies []ports.Reply) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
			replies = slices.Repeat([]ports.Reply{{Err: err}}, len(commands))
		}
	}()
	return c.Submit(ctx, commands...)
}

// retryReason returns why the tasks must be retried, nil if they need not.
func retryReason(tasks []*task) (err error) {
	for _, t := range tasks {
		switch dispositionOf(t.reply) {
		case retry:
			return fmt.Errorf("%w: %w", errUnavailable, errorOf(t.reply))
		case retryAlone:
			err = fmt.Errorf("%w: %w", errInternal, errorOf(t.reply))
		}
	}
	return err
}
