package portstest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/roster/ports"
)

var redeliveryCases = []Case[OpenBus]{
	{"failed commands", "the commands must be delivered again: all of them, before any later ones", failedBatch},
	{"attempts", "how often it was delivered, this time included", attempts},
	{"failed, then stopped", "If handle returns an error, or the process ends, the commands must be delivered again", failedThenStopped},
	{"cancelled while handling", "If handle returns an error, or the process ends, the commands must be delivered again", cancelledWhileHandling},
}

func failedBatch(t testing.TB, open OpenBus) {
	const times = 3
	q := newQueue(t, open)
	streams := []stream{{tenant, "c", "ada"}, {tenant, "c", "bob"}, {"other", "c", "cyd"}}
	q.send(5, streams...)
	var mu sync.Mutex // handles must not be concurrent, but a broken queue may do that
	var failed []string
	failures := 0
	q.startWorker(q.Queue, func(_ context.Context, queued []ports.QueuedCommand) error {
		mu.Lock()
		defer mu.Unlock()
		ids := make([]string, len(queued))
		for i, l := range queued {
			ids[i] = l.ID
		}
		if len(ids) < len(failed) || !slices.Equal(ids[:len(failed)], failed) {
			t.Errorf("%v failed, and then %v were delivered", failed, ids)
		}
		if failures == times {
			failed = nil
			return nil
		}
		failures++
		failed = ids
		q.send(2, streams...) // after them
		return errOnPurpose
	})
	q.waitUntilDone()
	mu.Lock()
	defer mu.Unlock()
	if failures != times {
		t.Errorf("%d handles failed, want %d", failures, times)
	}
}

func attempts(t testing.TB, open OpenBus) {
	const times = 4
	q := newQueue(t, open)
	q.send(3, stream{tenant, "c", "ada"})
	var mu sync.Mutex // handles must not be concurrent, but a broken queue may do that
	tried := make(map[string]int)
	handles := 0
	q.startWorker(q.Queue, func(_ context.Context, queued []ports.QueuedCommand) error {
		mu.Lock()
		defer mu.Unlock()
		for _, l := range queued {
			if tried[l.ID]++; l.Attempts != tried[l.ID] {
				t.Errorf("%s was delivered %d times, and has Attempts %d", l.ID, tried[l.ID], l.Attempts)
			}
		}
		if handles++; handles < times {
			return errOnPurpose
		}
		return nil
	})
	q.waitUntilDone()
}

// failedThenStopped stops a worker whose commands have failed, while later commands wait and another worker runs.
func failedThenStopped(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	streams := onPartitions()
	q.send(5, streams...)
	inside := make(chan bool, 1)
	stop := q.startWorker(q.Queue, func(ctx context.Context, queued []ports.QueuedCommand) error {
		if queued[0].Attempts > 1 {
			signal(inside)
			<-ctx.Done()
			time.Sleep(5 * time.Millisecond) // steady: gives the other worker the time to take what it must not take
		}
		return errOnPurpose
	})
	q.waitFor(inside)
	q.send(5, streams...)
	q.startWorker(q.Join(t), succeed)
	stop()
	q.waitUntilDone()
}

// signal reports that a handle has started, unless that was reported already.
func signal(inside chan<- bool) {
	select {
	case inside <- true:
	default:
	}
}

// waitFor waits until a handle has started.
func (q *queue) waitFor(inside <-chan bool) {
	q.Helper()
	Receive(q.TB, "a command is delivered", inside)
}

// cancelledWhileHandling stops one worker after another while it handles commands. Some of them have done the commands.
func cancelledWhileHandling(t testing.TB, open OpenBus) {
	const workers = 6
	q := newQueue(t, open)
	streams := onCourses(4)
	for i := range workers {
		q.send(5, streams...)
		inside := make(chan bool, 1)
		stop := q.startWorker(q.Join(t), func(ctx context.Context, _ []ports.QueuedCommand) error {
			signal(inside)
			<-ctx.Done()
			if i%2 > 0 {
				return nil // done, though ctx has ended
			}
			return ctx.Err()
		})
		q.waitFor(inside)
		stop()
	}
	q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
}
