package application

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/roster/ports"
)

const (
	relayBatch    = 1000
	relayInterval = 50 * time.Millisecond // between rounds, so that one publishes many commits
	relayPoll     = time.Second           // how long a commit without a notification may wait
	relayBackoff  = 10 * time.Second      // at most, after failures
)

// A Relay publishes the outbox, in order per course. Of all processes on a store, one at a time is the leader and publishes.
//
// States: waiting for the lock "relay", which another process holds; comparing the broker with the store; publishing, until a round fails
// or the lock is lost. Then it waits for the lock again: for a second, then twice as long each time, at most ten seconds.
//
// Failure: publication is at least once. Records are marked after the broker has acknowledged them, and published again if the relay is
// killed between the two. Comparing notices a store or a broker that was restored to an earlier time. If the broker has an event that
// the store has not, nothing is published: consumers would see two histories. If the broker lacks the event that was published last,
// that is reported.
type Relay struct {
	Outbox    ports.Outbox
	Locker    ports.Locker // so that one relay at a time is the leader
	Publisher ports.Publisher
	OnError   func(error) // is called with each error; the relay continues
	Batch     int         // how many messages are published and marked at once; 0: 1,000

	wait time.Duration // after the next failure
}

// Run publishes while it is the leader, and waits to be the leader otherwise, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	for r.wait = relayPoll; ctx.Err() == nil; r.wait = min(2*r.wait, relayBackoff) {
		if err := r.Locker.WithLock(ctx, "relay", r.lead); err != nil && ctx.Err() == nil {
			r.OnError(err)
		}
		pause(ctx, r.wait)
	}
}

// lead publishes in rounds while this relay is the leader, until one fails.
func (r *Relay) lead(ctx context.Context) error {
	err := r.compare(ctx)
	for err == nil && ctx.Err() == nil {
		if err = r.publish(ctx); err == nil {
			r.wait = relayPoll
			pause(ctx, relayInterval)
			r.Outbox.Await(ctx, relayPoll)
		}
	}
	return err
}

// compare returns an error if the broker has an event that the store has not. It reports if the broker has lost events.
func (r *Relay) compare(ctx context.Context) error {
	latest, err := r.Publisher.Latest(ctx)
	if errors.Is(err, ports.ErrInternal) || errors.Is(err, ports.ErrForbidden) { // it is no event, or may not be seen
		r.OnError(err)
		return nil
	}
	if known := latest.ID == ""; err == nil && !known {
		if known, err = r.Outbox.HasEvent(ctx, latest); err == nil && !known {
			return fmt.Errorf("%w: the broker has an event that the database has not (%s, sequence %d of course %s). The database was restored to an earlier "+
				"time; to publish again, replace the broker's events by the database's: roster repair --purge-stream --republish SINCE",
				ports.ErrUnavailable, latest.ID, latest.Sequence, latest.Course)
		}
	}
	if err != nil {
		return err
	}
	last, err := r.Outbox.LastPublished(ctx)
	if err != nil || last.ID == "" {
		return err
	}
	held, err := r.Publisher.Holds(ctx, last)
	if err == nil && !held {
		r.OnError(fmt.Errorf("%w: the broker has lost events that were published, such as the last one (%s, sequence %d of course %s, %s); publish "+
			"them again: roster repair --republish SINCE", ports.ErrInternal, last.ID, last.Sequence, last.Course, last.At.Format(time.RFC3339)))
	}
	return err
}

// publish publishes records, in batches, until none is left, and marks those of which the broker has acknowledged all messages.
func (r *Relay) publish(ctx context.Context) error {
	for batch := cmp.Or(r.Batch, relayBatch); ; {
		records, err := r.Outbox.Unpublished(ctx, batch)
		if err != nil || len(records) == 0 {
			return err
		}
		var messages []ports.Message
		for _, record := range records {
			messages = append(messages, record.Messages...)
		}
		n, err := r.Publisher.Publish(ctx, messages)
		done, left := 0, n
		for done < len(records) && len(records[done].Messages) <= left {
			left -= len(records[done].Messages)
			done++
		}
		if done > 0 { // they are published, even if ctx has ended
			err = errors.Join(err, r.Outbox.MarkPublished(context.WithoutCancel(ctx), records[:done]))
		}
		if err != nil || n < batch {
			return err
		}
	}
}
