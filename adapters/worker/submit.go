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
	attempt  = 30 * time.Second // for one transaction, or a few
	patience = time.Minute      // for what is not available, before the batch goes back

	firstPause   = 100 * time.Millisecond // between attempts; doubled each time
	longestPause = 5 * time.Second
	pauseJitter  = 0.25 // of a pause

	defectTries = 3 // of what is wrong inside

	breaks = 5               // attempts in a row that find the store away open the breaker
	rest   = 2 * time.Second // until somebody asks again
)

// Why an attempt was not the last.
var (
	errAway   = errors.New("not now")
	errDefect = errors.New("something is wrong inside")
)

// persistence tries again what may go well later. Those who share it share the breaker: while the store is away, one of them
// asks for all.
func persistence(log *slog.Logger) failsafe.Executor[any] {
	away := retrypolicy.NewBuilder[any]().HandleErrors(errAway, circuitbreaker.ErrOpen, timeout.ErrExceeded).
		WithBackoff(firstPause, longestPause).WithJitterFactor(pauseJitter).WithMaxRetries(-1).Build()
	defects := retrypolicy.NewBuilder[any]().HandleErrors(errDefect).
		WithBackoff(firstPause, longestPause).WithJitterFactor(pauseJitter).WithMaxAttempts(defectTries).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleErrors(ports.ErrUnavailable, timeout.ErrExceeded).
		WithFailureThreshold(breaks).WithSuccessThreshold(1).WithDelay(rest).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("the store is away: commands wait")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("the store is back: commands go on") }).
		Build()
	return failsafe.With[any](away, defects, breaker, timeout.New[any](attempt))
}

// submit submits the tasks together, again and again while that may help, and leaves their last replies with them. An error
// says that some of them have to come again, and wraps [ports.ErrUnavailable].
func (w *Worker) submit(ctx context.Context, tasks []*task) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	commands := make([]ports.Command, len(tasks))
	for i, t := range tasks {
		commands[i] = t.Command
		t.reply = ports.Reply{Err: ports.ErrUnavailable} // until there is one
	}
	err := w.persist.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		for i, reply := range try(e.Context(), w.commands, commands...) {
			tasks[i].reply = reply
			tasks[i].tries++
		}
		return unanswered(tasks)
	})
	left := unanswered(tasks)
	if left == nil || errors.Is(err, errDefect) {
		return nil
	}
	return fmt.Errorf("%w: %d letters go back: %w", ports.ErrUnavailable, len(tasks), left)
}

// try submits once. A panic of the core is an internal error as any other: it would end this process, and then each one that
// the letter is handed to.
func try(ctx context.Context, c ports.Commands, commands ...ports.Command) (replies []ports.Reply) {
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
		switch fateOf(t.reply) {
		case retry:
			return fmt.Errorf("%w: %w", errAway, why(t.reply))
		case isolate:
			err = fmt.Errorf("%w: %w", errDefect, why(t.reply))
		}
	}
	return err
}
