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
	j := &job{schema: queued, commands: sender{queue}, by: by, key: keyPrefix("enqueue", options)}
	return j.run(ctx, in, options)
}

// A sender sends each action of a chunk to the queue as a command of its own.
type sender struct{ queue ports.Queue }

// Submit replies without an error when the queue has stored the whole chunk. A retry sends the whole chunk under the same keys.
func (s sender) Submit(ctx context.Context, chunks ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(chunks))
	for i, chunk := range chunks {
		commands := make([]ports.Command, len(chunk.Actions))
		for j, action := range chunk.Actions {
			commands[j] = ports.Command{
				By: chunk.By, Key: fmt.Sprintf("%s-%d", chunk.Key, j), Correlation: chunk.Correlation, Actions: []ports.Action{action},
			}
		}
		if _, err := s.queue.Send(ctx, commands); err != nil {
			replies[i].Err = err
			continue
		}
		replies[i].Outcomes = make([]ports.Outcome, len(chunk.Actions))
	}
	return replies
}
