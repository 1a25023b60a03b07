package importer

import (
	"context"
	"fmt"
	"io"

	"example.com/roster/ports"
)

// Enqueue reads rows as [Run] does and sends each to the queue, in order, in the name of by's tenant. Each has a key made of
// the bytes so far, so what a run of the same file has sent, half of it or all, is not done twice. It stops where the queue
// can't be reached even when tried again: the rest is Failed, and the error wraps [ports.ErrUnavailable].
func Enqueue(ctx context.Context, queue ports.Queue, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	table := enrollments
	table.done = func(ports.Outcome) string { return "queued" }
	j := &job{table: table, commands: sender{queue}, by: by, key: keyOf("enqueue", options)}
	return j.run(ctx, in, options)
}

// A sender queues what a chunk asks for, each action as a command of its own.
type sender struct{ queue ports.Queue }

// Submit answers that a chunk is done when the queue has all of it. One that is sent again is sent whole, under the same keys.
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
