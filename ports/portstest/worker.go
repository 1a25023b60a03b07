package portstest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/ports"
)

var workerCases = []Case[OpenBus]{
	{"one handle at a time", "in all processes, each partition's letters are with one handle at a time", oneHandleAtATime},
	{"order over many workers", "a course's order holds, whoever comes, fails and leaves", orderOverManyWorkers},
	{"shared out", "the partitions are shared out among those who work", sharedOut},
	{"taken over", "the partitions of one who leaves are with those who are left", takenOver},
	{"drained", "Work goes on until ctx ends and handle has returned", drained},
}

func oneHandleAtATime(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	lines := onPartitions()
	linger := func(context.Context, []ports.QueuedCommand) error {
		time.Sleep(time.Millisecond) // so that who does not wait is seen
		return nil
	}
	for range 3 {
		q.hire(q.Join(t), linger)
	}
	for range 20 {
		q.send(1, lines...)
		time.Sleep(time.Millisecond)
	}
	q.finish()
}

func orderOverManyWorkers(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	lines := onCourses(20)
	var handled atomic.Int64
	sometimes := func(context.Context, []ports.QueuedCommand) error {
		if handled.Add(1)%3 == 0 {
			return errOnPurpose
		}
		return nil
	}
	q.hire(q.Queue, sometimes)
	for range 3 {
		q.send(3, lines...)
		home := q.hire(q.Join(t), sometimes)
		q.hire(q.Join(t), sometimes)
		q.send(3, lines...)
		home()
		q.send(3, lines...)
	}
	q.finish()
}

// A tally counts the letters of a worker.
type tally struct{ letters atomic.Int64 }

func (c *tally) do(_ context.Context, letters []ports.QueuedCommand) error {
	c.letters.Add(int64(len(letters)))
	return nil
}

// round sends a letter to each partition, and returns how many of them each worker had.
func (q *queue) round(tallies ...*tally) (had []int64) {
	q.Helper()
	for _, c := range tallies {
		c.letters.Store(0)
	}
	q.send(1, onPartitions()...)
	q.finish()
	for _, c := range tallies {
		had = append(had, c.letters.Load())
	}
	return had
}

// pace is how long a round waits for the one before it, where the workers have to agree among themselves first.
const pace = 20 * time.Millisecond

func sharedOut(t testing.TB, open OpenBus) {
	const fair = ports.Partitions / 4 // of two workers, each has that at least
	q := newQueue(t, open)
	var one, other tally
	q.hire(q.Queue, one.do)
	q.round(&one)
	q.hire(q.Join(t), other.do)
	q.until(q.handover(), "the second worker to have his share", func() bool {
		time.Sleep(pace)
		had := q.round(&one, &other)
		return had[0] >= fair && had[1] >= fair
	})
}

func takenOver(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var one, other tally
	home := q.hire(q.Queue, one.do)
	q.hire(q.Join(t), other.do)
	q.round(&one, &other)
	home()
	if had := q.round(&one, &other); had[0] != 0 || had[1] < ports.Partitions {
		t.Errorf("one has left, and has %d letters; the other has %d", had[0], had[1])
	}
}

func drained(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(3, line{tenant, "c", "ada"})
	inside, leave, gone := make(chan bool, 1), make(chan bool), make(chan bool)
	home := q.hire(q.Queue, func(context.Context, []ports.QueuedCommand) error {
		signal(inside)
		<-leave
		return nil
	})
	q.soon(inside)
	go func() {
		defer close(gone)
		home()
	}()
	select {
	case <-gone:
		t.Errorf("Work returned while handle had not")
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	select {
	case <-gone:
	case <-time.After(patienceOf(t)):
		t.Fatalf("Work does not return though handle has")
	}
	q.hire(q.Join(t), done)
	q.finish()
	q.until(patienceOf(t), "a reply to each command", func() bool { return q.answered()["c"] == 3 })
}
