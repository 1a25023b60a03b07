package application

import (
	"cmp"
	"context"
	"errors"
	"time"

	"example.com/roster/ports"
)

const (
	relayBatch = 5000
	relayRest  = 50 * time.Millisecond // between rounds: many commits may be told in one
	relaySweep = 100                   // rounds, after which it looks at every course, whatever it hears
	relayPoll  = time.Second           // how long a commit that nobody told of may wait
	relayPause = 10 * time.Second      // at most, between rounds that fail
)

// A Relay publishes what the outbox holds, in order per course, one relay at a time on a store.
//
// It is at least once: a message is marked after the broker has acknowledged it, so one that was published and not marked,
// because the relay was killed between or the acknowledgement was lost, is published again.
type Relay struct {
	Outbox    ports.Outbox
	Locker    ports.Locker // has one relay at a time run
	Publisher ports.Publisher
	OnError   func(error) // is told of each error; the relay goes on
	Batch     int         // how many messages it publishes and marks at once; 0: 5,000
}

// Run waits for its turn and publishes, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	for wait := relayPoll; ctx.Err() == nil; wait = min(2*wait, relayPause) {
		if err := r.Locker.WithLock(ctx, "relay", r.publish); err != nil && ctx.Err() == nil {
			r.OnError(err)
		}
		pause(ctx, wait)
	}
}

// publish publishes what waits on all courses, and then, again and again, what waits on those of which it hears that there was
// a commit. What it does not hear of it finds by looking at all of them from time to time.
func (r *Relay) publish(ctx context.Context) error {
	heard, wait := []ports.CourseRef(nil), relayPoll
	for rounds := 0; ctx.Err() == nil; rounds++ {
		var err error
		if len(heard) == 0 || rounds%relaySweep == 0 {
			err = r.sweep(ctx)
		} else {
			err = r.among(ctx, heard)
		}
		if err != nil && ctx.Err() == nil {
			r.OnError(err)
			pause(ctx, wait)
			heard, wait = nil, min(2*wait, relayPause)
			continue
		}
		pause(ctx, relayRest)
		heard, wait = r.Outbox.Await(ctx, relayPoll), relayPoll
	}
	return nil
}

// sweep goes through all courses before it comes to the first again, so that one that always has something to tell does not
// hold up the others.
func (r *Relay) sweep(ctx context.Context) error {
	for after := (ports.CourseRef{}); ; {
		messages, err := r.Outbox.Unpublished(ctx, after, r.batch())
		if err != nil || len(messages) == 0 {
			return err
		}
		if err := r.tell(ctx, messages); err != nil || len(messages) < r.batch() {
			return err
		}
		last := messages[len(messages)-1]
		after = ports.CourseRef{Tenant: last.Tenant, Course: last.Course}
	}
}

// among publishes what waits on these courses; where that is more than a batch, it looks at all courses again first.
func (r *Relay) among(ctx context.Context, courses []ports.CourseRef) error {
	messages, err := r.Outbox.UnpublishedOf(ctx, courses, r.batch())
	if err != nil || len(messages) == 0 {
		return err
	}
	if err := r.tell(ctx, messages); err != nil || len(messages) < r.batch() {
		return err
	}
	return r.sweep(ctx)
}

func (r *Relay) batch() int { return cmp.Or(r.Batch, relayBatch) }

// tell publishes messages and marks those that the broker has.
func (r *Relay) tell(ctx context.Context, messages []ports.Message) error {
	n, err := r.Publisher.Publish(ctx, messages)
	if n > 0 {
		// What is published is published, whoever wants to leave now.
		err = errors.Join(err, r.Outbox.MarkPublished(context.WithoutCancel(ctx), messages[:n]))
	}
	return err
}
