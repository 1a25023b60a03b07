package portstest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/ports"
)

var workerCases = []Case[OpenBus]{
	{"one handle at a time", "In all processes on the queue, a partition must be with one handle at a time, in order.", oneHandleAtATime},
	{"order over many workers", "In all processes on the queue, a partition must be with one handle at a time, in order.", orderOverManyWorkers},
	{"shared", "The partitions must be shared among those processes.", sharedOut},
	{"taken over", "The partitions must be shared among those processes.", takenOver},
	{"drained", "until ctx ends and handle has returned", drained},
}

func oneHandleAtATime(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	streams := onPartitions()
	linger := func(context.Context, []ports.QueuedCommand) error {
		time.Sleep(time.Millisecond) // steady: makes it likely that a second handle is noticed
		return nil
	}
	for range 3 {
		q.startWorker(q.Join(t), linger)
	}
	for range 20 {
		q.send(1, streams...)
		time.Sleep(time.Millisecond) // steady: spreads the commands over several handles
	}
	q.waitUntilDone()
}

func orderOverManyWorkers(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	streams := onCourses(20)
	var handled atomic.Int64
	sometimes := func(context.Context, []ports.QueuedCommand) error {
		if handled.Add(1)%3 == 0 {
			return errOnPurpose
		}
		return nil
	}
	q.startWorker(q.Queue, sometimes)
	for range 3 {
		q.send(3, streams...)
		stop := q.startWorker(q.Join(t), sometimes)
		q.startWorker(q.Join(t), sometimes)
		q.send(3, streams...)
		stop()
		q.send(3, streams...)
	}
	q.waitUntilDone()
}

// A tally counts the commands of a worker.
type tally struct{ commands atomic.Int64 }

func (c *tally) handle(_ context.Context, queued []ports.QueuedCommand) error {
	c.commands.Add(int64(len(queued)))
	return nil
}

// round sends a command to each partition, and returns how many of them each worker got.
func (q *queue) round(tallies ...*tally) (counts []int64) {
	q.Helper()
	for _, c := range tallies {
		c.commands.Store(0)
	}
	q.send(1, onPartitions()...)
	q.waitUntilDone()
	for _, c := range tallies {
		counts = append(counts, c.commands.Load())
	}
	return counts
}

func sharedOut(t testing.TB, open OpenBus) {
	const fair = ports.Partitions / 4 // the least that each of two workers must get
	q := newQueue(t, open)
	var one, other tally
	q.startWorker(q.Queue, one.handle)
	q.round(&one)
	q.startWorker(q.Join(t), other.handle)
	q.waitUntil("the second worker to get a fair share", func() bool {
		counts := q.round(&one, &other)
		return counts[0] >= fair && counts[1] >= fair
	})
}

func takenOver(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var one, other tally
	stop := q.startWorker(q.Queue, one.handle)
	q.startWorker(q.Join(t), other.handle)
	q.round(&one, &other)
	stop()
	if counts := q.round(&one, &other); counts[0] != 0 || counts[1] < ports.Partitions {
		t.Errorf("the stopped worker got %d commands, the other got %d", counts[0], counts[1])
	}
}

func drained(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(3, stream{tenant, "c", "ada"})
	started, release, stopped := make(chan bool, 1), make(chan bool), make(chan bool)
	stop := q.startWorker(q.Queue, func(context.Context, []ports.QueuedCommand) error {
		signal(started)
		<-release
		return nil
	})
	q.waitFor(started)
	go func() {
		defer close(stopped)
		stop()
	}()
	select {
	case <-stopped:
		t.Errorf("Work returned before handle has")
	case <-time.After(50 * time.Millisecond): // steady: a longer wait would only notice more
	}
	close(release)
	Receive(t, "Work returns when handle has", stopped)
	q.startWorker(q.Join(t), succeed)
	q.waitUntilDone()
	q.waitUntil("a reply to each command", func() bool { return q.repliedUpTo()["c"] == 3 })
}
