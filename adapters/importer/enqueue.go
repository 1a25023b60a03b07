package importer

import (
	"context"
	"fmt"
	"io"
	"time"

	"example.com/roster/ports"
)

// Enqueue reads rows as [Run] does and sends each to the queue, in order, as a command of by's tenant. A row's key is its
// chunk's key and its position in the chunk, so rows that an earlier run of the same file has sent take effect once. Sending a
// chunk is retried; if the queue stays unavailable, Enqueue stops: the rows of the chunk are Failed, and the error wraps
// [ports.ErrUnavailable].
//
// Replayed counts the rows that are in the log, as far as the log goes back. They are sent again: only a worker knows what was done. The
// log may be nil.
func Enqueue(ctx context.Context, queue ports.Queue, log *SentLog, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	queued := enrollments
	queued.count = func(ports.Outcome) string { return "queued" }
	if options.Again {
		log = nil // no later run has these keys
	}
	j := &job{schema: queued, send: enqueueTo(queue, log), by: by, useCase: "enqueue"}
	j.summary.Before = "sent"
	return j.run(ctx, in, options)
}

// enqueueTo sends each action of a chunk to the queue as a command of its own. It replies without an error when the queue has
// stored the whole chunk. A retry sends the whole chunk under the same keys.
func enqueueTo(queue ports.Queue, log *SentLog) func(context.Context, ports.Command) ports.Reply {
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
		reply := ports.Reply{Outcomes: make([]ports.Outcome, len(chunk.Actions)), ReplayedAt: log.sentAt(chunk.Key)}
		if reply.Replayed = !reply.ReplayedAt.IsZero(); !reply.Replayed {
			log.add(chunk.Key, time.Now())
		}
		return reply
	}
}
