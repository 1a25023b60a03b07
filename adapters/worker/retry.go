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
	batchTimeout   = time.Minute      // for what is not available, before the batch goes back

	minBackoff    = 100 * time.Millisecond // between attempts; doubled each time
	maxBackoff    = 5 * time.Second
	backoffJitter = 0.25 // of a pause

	internalAttempts = 3 // of what is wrong inside

	failureThreshold = 5               // attempts in a row that find the store away open the breaker
	coolDown         = 2 * time.Second // until somebody asks again
)

// Why an attempt was not the last.
var (
	errUnavailable = errors.New("not now")
	errInternal    = errors.New("something is wrong inside")
)

// persistence tries again what may go well later. Those who share it share the breaker: while the store is away, one of them
// asks for all.
func newRetrier(log *slog.Logger) failsafe.Executor[any] {
	away := retrypolicy.NewBuilder[any]().HandleErrors(errUnavailable, circuitbreaker.ErrOpen, timeout.ErrExceeded).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(-1).Build()
	defects := retrypolicy.NewBuilder[any]().HandleErrors(errInternal).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxAttempts(internalAttempts).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleErrors(ports.ErrUnavailable, timeout.ErrExceeded).
		WithFailureThreshold(failureThreshold).WithSuccessThreshold(1).WithDelay(coolDown).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("the store is away: commands wait")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("the store is back: commands go on") }).
		Build()
	return failsafe.With[any](away, defects, breaker, timeout.New[any](attemptTimeout))
}

// submit submits the tasks together, again and again while that may help, and leaves their last replies with them. An error
// says that some of them have to come again, and wraps [ports.ErrUnavailable].
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
		return unanswered(tasks)
	})
	left := unanswered(tasks)
	if left == nil || errors.Is(err, errInternal) {
		return nil
	}
	return fmt.Errorf("%w: %d letters go back: %w", ports.ErrUnavailable, len(tasks), left)
}

// try submits once. A panic of the core is an internal error as any other: it would end this process, and then each one that
// the letter is handed to.
func submitOnce(ctx context.Context, c ports.Commands, commands ...ports.Command) (replies []ports.Reply) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
			replies = slices.Repeat([]ports.Reply{{Err: err}}, len(commands))
		}
	}()
	return c.Submit(ctx, commands...)
}

// unanswered tells why the tasks have to be tried again, nil where they need not be.
func unanswered(tasks []*task) (err error) {
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
