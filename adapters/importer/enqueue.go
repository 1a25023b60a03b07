package importer

import (
	"context"
	"fmt"
	"io"

	"example.com/roster/ports"
)

// Enqueue reads rows as [Run] does and sends each to the queue, in order, as a command of by's tenant. A row's key is its
// chunk's key and its position in the chunk, so rows that an earlier run of the same file has sent take effect once. Sending a
// chunk is retried; if the queue stays unavailable, Enqueue stops: the rows of the chunk are Failed, and the error wraps
// [ports.ErrUnavailable].
func Enqueue(ctx context.Context, queue ports.Queue, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	queued := enrollments
	queued.count = func(ports.Outcome) string { return "queued" }
	j := &job{schema: queued, send: enqueueTo(queue), by: by, useCase: "enqueue"}
	return j.run(ctx, in, options)
}

// enqueueTo sends each action of a chunk to the queue as a command of its own. It replies without an error when the queue has
// stored the whole chunk. A retry sends the whole chunk under the same keys.
func enqueueTo(queue ports.Queue) func(context.Context, ports.Command) ports.Reply {
	return func(ctx context.Context, chunk ports.Command) ports.Reply {
		commands := make([]ports.Command, len(chunk.Actions))
		for i, action := range chunk.Actions {
			commands[i] = ports.Command{
				By: chunk.By, Key: fmt.Sprintf("%s-%d", chunk.Key, i), Correlation: chunk.Correlation, Actions: []ports.Action{action},
			}
		}
		if _, err := queue.Send(ctx, commands); err != nil {
			return ports.Reply{Err: err}
		}
		return ports.Reply{Outcomes: make([]ports.Outcome, len(chunk.Actions))}
	}
}
