package application

import (
	"cmp"
	"context"
	"errors"
	"time"

	"example.com/roster/ports"
)

const (
	relayBatch    = 5000
	relayInterval = 50 * time.Millisecond // between rounds, so that one publishes many commits
	relaySweep    = 100                   // rounds after which it reads every course, also while commits are notified
	relayPoll     = time.Second           // how long a commit without a notification may wait
	relayBackoff  = 10 * time.Second      // at most, between rounds that fail
)

// A Relay publishes the outbox, in order per course. Of all processes on a store, one at a time is the leader and publishes.
//
// # States
//
//	waiting → leading    it has the lock "relay", which another process held before
//	leading → waiting    the connection to the store, and so the lock, is lost; it retries after a second
//
// A leader alternates between sweeps, which read every course, and rounds that read the courses of a notification. It sweeps
// when it becomes the leader, after a second without a notification, after every hundred rounds, and after a failure.
//
// # Failure
//
// Publication is at least once: a message is marked after the broker has acknowledged it, and published again if the relay is
// killed between the two. After a failed round the relay waits for a second, then twice as long each time, at most ten seconds.
type Relay struct {
	Outbox    ports.Outbox
	Locker    ports.Locker // so that one relay at a time is the leader
	Publisher ports.Publisher
	OnError   func(error) // is called with each error; the relay continues
	Batch     int         // how many messages are published and marked at once; 0: 5,000
}

// Run publishes while it is the leader, and waits to be the leader otherwise, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	for wait := relayPoll; ctx.Err() == nil; wait = min(2*wait, relayBackoff) {
		if err := r.Locker.WithLock(ctx, "relay", r.publish); err != nil && ctx.Err() == nil {
			r.OnError(err)
		}
		pause(ctx, wait)
	}
}

// publish runs rounds while this relay is the leader.
func (r *Relay) publish(ctx context.Context) error {
	notified, wait := []ports.CourseRef(nil), relayPoll
	for rounds := 0; ctx.Err() == nil; rounds++ {
		var err error
		if len(notified) == 0 || rounds%relaySweep == 0 {
			err = r.sweep(ctx)
		} else {
			err = r.publishCourses(ctx, notified)
		}
		if err != nil && ctx.Err() == nil {
			r.OnError(err)
			pause(ctx, wait)
			notified, wait = nil, min(2*wait, relayBackoff)
			continue
		}
		pause(ctx, relayInterval)
		notified, wait = r.Outbox.Await(ctx, relayPoll), relayPoll
	}
	return nil
}

// sweep publishes a batch after another, in order of course. It reads every course before the first one again, so that a
// course that always has messages does not delay the others.
func (r *Relay) sweep(ctx context.Context) error {
	for after := (ports.CourseRef{}); ; {
		messages, err := r.Outbox.Unpublished(ctx, after, r.batch())
		if err != nil || len(messages) == 0 {
			return err
		}
		if err := r.publishBatch(ctx, messages); err != nil || len(messages) < r.batch() {
			return err
		}
		last := messages[len(messages)-1]
		after = ports.CourseRef{Tenant: last.Tenant, Course: last.Course}
	}
}

// publishCourses publishes the messages of these courses. If they are more than a batch, a sweep follows.
func (r *Relay) publishCourses(ctx context.Context, courses []ports.CourseRef) error {
	messages, err := r.Outbox.UnpublishedOf(ctx, courses, r.batch())
	if err != nil || len(messages) == 0 {
		return err
	}
	if err := r.publishBatch(ctx, messages); err != nil || len(messages) < r.batch() {
		return err
	}
	return r.sweep(ctx)
}

func (r *Relay) batch() int { return cmp.Or(r.Batch, relayBatch) }

// publishBatch publishes messages and marks those that the broker has acknowledged.
func (r *Relay) publishBatch(ctx context.Context, messages []ports.Message) error {
	n, err := r.Publisher.Publish(ctx, messages)
	if n > 0 {
		// They are published, even if ctx has ended.
		err = errors.Join(err, r.Outbox.MarkPublished(context.WithoutCancel(ctx), messages[:n]))
	}
	return err
}
