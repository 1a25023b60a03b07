package worker

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"slices"

	"github.com/failsafe-go/failsafe-go"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Worker handles queued commands. Make one with [New]. It may handle several batches at once: they share a circuit breaker, so
// while the store is unavailable one of them probes it for all.
type Worker struct {
	commands    ports.Commands
	deadLetters ports.DeadLetters
	log         *slog.Logger
	retrier     failsafe.Executor[any]
}

// New returns a worker that submits to commands, and puts the commands that can't succeed into deadLetters. A call of Submit must save
// all commands that share a transaction or, if that fails, none: a batcher does not.
func New(commands ports.Commands, deadLetters ports.DeadLetters, log *slog.Logger) *Worker {
	return &Worker{commands, deadLetters, log, newRetrier(log)}
}

// A task is a queued command and its latest reply.
type task struct {
	ports.QueuedCommand
	reply    ports.Reply
	attempts int // since the first delivery
}

// Handle handles a batch and returns one reply per command, in order; pass it to [ports.Queue.Work]. Commands on one course are
// done in the order of the batch. When it returns without an error, the commands that can't succeed are stored as dead letters.
// An error means that the whole batch must be delivered again: the store was unavailable for a minute, the dead letters could not
// be stored, or ctx ended.
func (w *Worker) Handle(ctx context.Context, commands []ports.QueuedCommand) ([]ports.Reply, error) {
	tasks := make([]*task, len(commands))
	for i, c := range commands {
		tasks[i] = &task{QueuedCommand: c, attempts: c.Attempts - 1}
	}
	// A chunk is one transaction per tenant: if it fails, none of its commands is done, so none is done before an earlier one.
	for chunk := range chunks(submittable(tasks)) {
		if err := w.submitUntilAnswered(ctx, chunk); err != nil {
			return nil, err
		}
	}
	if err := w.putDeadLetters(ctx, tasks); err != nil {
		return nil, err
	}
	replies := make([]ports.Reply, len(tasks))
	for i, t := range tasks {
		replies[i] = t.reply
		if dispositionOf(t.reply) == retryAlone { // the details are for the log and the dead letter only
			replies[i].Err = ports.ErrInternal
		}
	}
	return replies, nil
}

// submittable returns the tasks that can be submitted, those of a tenant together and in order, and sets the reply of the others.
func submittable(tasks []*task) []*task {
	var valid []*task
	for _, t := range tasks {
		err := cmp.Or(t.Tenant.Validate(), t.Unreadable)
		if err == nil {
			valid = append(valid, t)
			continue
		}
		t.reply.Err = err
		t.attempts++
	}
	slices.SortStableFunc(valid, func(a, b *task) int { return cmp.Compare[domain.TenantID](a.Tenant, b.Tenant) })
	return valid
}

// chunks yields the tasks in order, as many together as have the actions of one transaction.
func chunks(tasks []*task) iter.Seq[[]*task] {
	return func(yield func([]*task) bool) {
		first, actions := 0, 0
		for i, t := range tasks {
			if n := len(t.Command.Actions); actions+n > ports.MaxActions && i > first {
				if !yield(tasks[first:i]) {
					return
				}
				first, actions = i, 0
			}
			actions += len(t.Command.Actions)
		}
		if first < len(tasks) {
			yield(tasks[first:])
		}
	}
}

// submitUntilAnswered sets the final reply of every task. After an internal error it submits the tasks that failed one by one, so
// that a command that can't succeed does not fail any other.
func (w *Worker) submitUntilAnswered(ctx context.Context, tasks []*task) error {
	if err := w.submit(ctx, tasks); err != nil {
		return err
	}
	for _, t := range tasks {
		if dispositionOf(t.reply) != retryAlone {
			continue
		}
		if len(tasks) > 1 {
			if err := w.submit(ctx, []*task{t}); err != nil {
				return err
			}
		}
		if err := errorOf(t.reply); dispositionOf(t.reply) == retryAlone {
			w.log.ErrorContext(ctx, "command failed in every attempt", "tenant", t.Tenant, "letter", t.ID, "error", err)
		}
	}
	return nil
}
