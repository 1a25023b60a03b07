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
	{"a failed batch", "where handle fails, the letters are handed out again, all of them and before any behind them", failedBatch},
	{"tries", "Tries tells how often a letter was handed out, this time included", tries},
	{"failed, then left", "when a worker ends, its letters are handed out again, before any behind them", failedThenLeft},
	{"cancelled while handling", "when a worker ends, its letters are handed out again, all of them", cancelledWhileHandling},
}

func failedBatch(t testing.TB, open OpenBus) {
	const times = 3
	q := newQueue(t, open)
	lines := []line{{tenant, "c", "ada"}, {tenant, "c", "bob"}, {"other", "c", "cyd"}}
	q.send(5, lines...)
	var mu sync.Mutex // of the handles, for a queue may be wrong about their number
	var failed []string
	failures := 0
	q.hire(q.Queue, func(_ context.Context, letters []ports.QueuedCommand) error {
		mu.Lock()
		defer mu.Unlock()
		ids := make([]string, len(letters))
		for i, l := range letters {
			ids[i] = l.ID
		}
		if len(ids) < len(failed) || !slices.Equal(ids[:len(failed)], failed) {
			t.Errorf("%v failed, and next come %v", failed, ids)
		}
		if failures == times {
			failed = nil
			return nil
		}
		failures++
		failed = ids
		q.send(2, lines...) // behind them
		return errOnPurpose
	})
	q.finish()
	mu.Lock()
	defer mu.Unlock()
	if failures != times {
		t.Errorf("%d batches failed, want %d", failures, times)
	}
}

func tries(t testing.TB, open OpenBus) {
	const times = 4
	q := newQueue(t, open)
	q.send(3, line{tenant, "c", "ada"})
	var mu sync.Mutex // of the handles, for a queue may be wrong about their number
	tried := make(map[string]int)
	begun := 0
	q.hire(q.Queue, func(_ context.Context, letters []ports.QueuedCommand) error {
		mu.Lock()
		defer mu.Unlock()
		for _, l := range letters {
			if tried[l.ID]++; l.Attempts != tried[l.ID] {
				t.Errorf("%s was handed out %d times, and has Tries %d", l.ID, tried[l.ID], l.Attempts)
			}
		}
		if begun++; begun < times {
			return errOnPurpose
		}
		return nil
	})
	q.finish()
}

// failedThenLeft has a worker leave with batches that failed, while more is behind them and another worker is there.
func failedThenLeft(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	lines := onPartitions()
	q.send(5, lines...)
	inside := make(chan bool, 1)
	home := q.hire(q.Queue, func(ctx context.Context, letters []ports.QueuedCommand) error {
		if letters[0].Attempts > 1 {
			signal(inside)
			<-ctx.Done()
			time.Sleep(5 * time.Millisecond) // the other waits already, and nothing else happens
		}
		return errOnPurpose
	})
	q.soon(inside)
	q.send(5, lines...)
	q.hire(q.Join(t), done)
	home()
	q.finish()
}

// signal tells that a handle has begun, unless that was told already.
func signal(inside chan<- bool) {
	select {
	case inside <- true:
	default:
	}
}

// soon waits until a first handle has begun.
func (q *queue) soon(inside <-chan bool) {
	q.Helper()
	select {
	case <-inside:
	case <-time.After(q.handover()):
		q.Fatalf("no letter comes")
	}
}

// cancelledWhileHandling has worker after worker leave in the middle of what he does, with or without having done it.
func cancelledWhileHandling(t testing.TB, open OpenBus) {
	const workers = 6
	q := newQueue(t, open)
	lines := onCourses(4)
	for i := range workers {
		q.send(5, lines...)
		inside := make(chan bool, 1)
		home := q.hire(q.Join(t), func(ctx context.Context, _ []ports.QueuedCommand) error {
			signal(inside)
			<-ctx.Done()
			if i%2 > 0 {
				return nil // done, though he was to leave
			}
			return ctx.Err()
		})
		q.soon(inside)
		home()
	}
	q.hire(q.Queue, done)
	q.finish()
}
