package worker

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/failsafe-go/failsafe-go"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Worker does what letters ask for. Make one with [New]; it may handle several batches at once, and where the store is away
// what one of them learns spares the others the asking.
type Worker struct {
	commands    ports.Commands
	deadLetters ports.DeadLetters
	log         *slog.Logger
	retrier     failsafe.Executor[any]
}

// New returns a worker that hands commands to the core and buries in letters what can't be done.
func New(commands ports.Commands, letters ports.DeadLetters, log *slog.Logger) *Worker {
	return &Worker{commands, letters, log, newRetrier(log)}
}

// A task is a letter on the way to its reply.
type task struct {
	ports.QueuedCommand
	reply    ports.Reply
	attempts int // with those of earlier hands
}

// Handle does the commands of letters, and returns a reply to each, in order; give it to [ports.Queue.Work]. Commands on one
// course are done in the order of their letters. When it returns, those that can't be done are buried. An error says that the
// batch has to come again, all of it: the store stayed away for a minute, dead letters could not be kept, or ctx ended.
func (w *Worker) Handle(ctx context.Context, letters []ports.QueuedCommand) ([]ports.Reply, error) {
	tasks := make([]*task, len(letters))
	for i, l := range letters {
		tasks[i] = &task{QueuedCommand: l, attempts: l.Attempts - 1}
	}
	// A part is one transaction of each tenant that is in it, so what fails in it has nothing of its course behind it.
	for part := range slices.Chunk(submittable(tasks), ports.MaxActions) {
		if err := w.submitUntilAnswered(ctx, part); err != nil {
			return nil, err
		}
	}
	if err := w.putDeadLetters(ctx, tasks); err != nil {
		return nil, err
	}
	replies := make([]ports.Reply, len(tasks))
	for i, t := range tasks {
		replies[i] = t.reply
		if dispositionOf(t.reply) == retryAlone { // what is wrong inside is for the log and the dead letter
			replies[i].Err = ports.ErrInternal
		}
	}
	return replies, nil
}

// submittable returns the tasks that can be submitted, those of a tenant together and in order, and answers the others.
func submittable(tasks []*task) []*task {
	var can []*task
	for _, t := range tasks {
		err := cmp.Or(t.Tenant.Validate(), t.Unreadable)
		if err == nil {
			can = append(can, t)
			continue
		}
		t.reply.Err = err
		t.attempts++
	}
	slices.SortStableFunc(can, func(a, b *task) int { return cmp.Compare[domain.TenantID](a.Tenant, b.Tenant) })
	return can
}

// do has every task answered for good. Where something is wrong inside, the tasks that it hit are submitted one by one, so
// that one that can't be done takes no other with it.
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
			w.log.ErrorContext(ctx, "a command fails however often it is tried", "tenant", t.Tenant, "letter", t.ID, "error", err)
		}
	}
	return nil
}
