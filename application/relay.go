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
	relayBatch    = 5000
	relayInterval = 50 * time.Millisecond // between rounds, so that one publishes many commits
	relayPoll     = time.Second           // how long a commit without a notification may wait
	relayBackoff  = 10 * time.Second      // at most, between rounds that fail
)

// A Relay publishes the outbox, in order per course. Of all processes on a store, one at a time is the leader and publishes.
//
// # States
//
//	waiting → comparing     it has the lock "relay", which another process held before
//	comparing → publishing  the broker and the store have the same history
//	publishing → comparing  a round failed
//	any → waiting           the connection to the store, and so the lock, is lost; it retries after a second
//
// # Failure
//
// Publication is at least once: a message is marked after the broker has acknowledged it, and published again if the relay is
// killed between the two. After a failed round the relay waits for a second, then twice as long each time, at most ten seconds.
//
// A store or a broker that was restored to an earlier time is noticed when they are compared. If the broker has an event that the
// store does not have, nothing is published, because consumers would see two histories. If the broker lacks the event that was
// published last, this is reported, and publishing goes on: an operator has to publish again what is lost.
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
		if err := r.Locker.WithLock(ctx, "relay", r.lead); err != nil && ctx.Err() == nil {
			r.OnError(err)
		}
		pause(ctx, wait)
	}
}

// lead runs rounds while this relay is the leader.
func (r *Relay) lead(ctx context.Context) error {
	for compared, wait := false, relayPoll; ctx.Err() == nil; {
		var err error
		if !compared {
			err = r.compare(ctx)
		}
		if err == nil {
			err = r.publish(ctx)
		}
		if compared = err == nil; compared || ctx.Err() != nil {
			pause(ctx, relayInterval)
			r.Outbox.Await(ctx, relayPoll)
			wait = relayPoll
			continue
		}
		r.OnError(err)
		pause(ctx, wait)
		wait = min(2*wait, relayBackoff)
	}
	return nil
}

// compare returns an error if the broker has an event that the store does not have. It reports if the broker has lost events.
func (r *Relay) compare(ctx context.Context) error {
	latest, err := r.Publisher.Latest(ctx)
	switch {
	case errors.Is(err, ports.ErrInternal): // it is no event
		r.OnError(err)
	case err != nil:
		return err
	case latest.ID != "":
		known, err := r.Outbox.HasEvent(ctx, latest)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("%w: the broker has an event that the database has not (%s, sequence %d of course %s): was the database "+
				"restored to an earlier time? Nothing is published until you remove the events from the broker and publish those of "+
				"the database again, with: roster repair --purge-stream --republish", ports.ErrUnavailable, latest.ID, latest.Sequence, latest.Course)
		}
	}
	last, err := r.Outbox.LastPublished(ctx)
	if err != nil || last.ID == "" {
		return err
	}
	held, err := r.Publisher.Holds(ctx, last)
	if err == nil && !held {
		r.OnError(fmt.Errorf("%w: the broker has lost events that were published, such as the last one (%s, sequence %d of course %s, %s): "+
			"publish them again with: roster repair --republish", ports.ErrInternal, last.ID, last.Sequence, last.Course, last.At.Format(time.RFC3339)))
	}
	return err
}

// publish publishes a batch after another until nothing is unpublished.
func (r *Relay) publish(ctx context.Context) error {
	for batch := cmp.Or(r.Batch, relayBatch); ; {
		records, err := r.Outbox.Unpublished(ctx, batch)
		if err != nil || len(records) == 0 {
			return err
		}
		total, err := r.publishRecords(ctx, records, batch)
		if err != nil || total < batch {
			return err
		}
	}
}

// publishRecords publishes the messages of records, at most batch at once, and marks the records of which the broker has
// acknowledged all. It returns the number of their messages.
func (r *Relay) publishRecords(ctx context.Context, records []ports.OutboxRecord, batch int) (total int, err error) {
	var messages []ports.Message
	for _, record := range records {
		messages = append(messages, record.Messages...)
	}
	for total < len(messages) && err == nil {
		var n int
		n, err = r.Publisher.Publish(ctx, messages[total:min(total+batch, len(messages))])
		total += n
	}
	done, left := 0, total
	for done < len(records) && len(records[done].Messages) <= left {
		left -= len(records[done].Messages)
		done++
	}
	if done > 0 {
		// They are published, even if ctx has ended.
		err = errors.Join(err, r.Outbox.MarkPublished(context.WithoutCancel(ctx), records[:done]))
	}
	return total, err
}
