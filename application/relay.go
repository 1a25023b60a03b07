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
	relayRest  = 10 * time.Millisecond // between sweeps: a sweep looks at every course, and many commits may come in one
	relayPoll  = time.Second           // how long a commit that nobody told of may wait
	relayPause = 10 * time.Second      // at most, between rounds that fail
)

// A Relay publishes what the outbox holds, in order per course, one relay at a time on a store.
//
// It is at least once: a message is marked after the broker has acknowledged it, so one that was published and not marked,
// because the relay was killed between or the acknowledgement was lost, is published again.
type Relay struct {
	Outbox    ports.Outbox
	Turns     ports.Turns // has one relay at a time run
	Publisher ports.Publisher
	Failed    func(error) // is told of each error; the relay goes on
	Batch     int         // how many messages it publishes and marks at once; 0: 5,000
}

// Run waits for its turn and publishes, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	for wait := relayPoll; ctx.Err() == nil; wait = min(2*wait, relayPause) {
		if err := r.Turns.Turn(ctx, "relay", r.publish); err != nil && ctx.Err() == nil {
			r.Failed(err)
		}
		pause(ctx, wait)
	}
}

// publish makes round after round. A sweep goes through all courses before it comes to the first again, so that one that
// always has something to tell does not hold up the others; after one that has left nothing it waits.
func (r *Relay) publish(ctx context.Context) error {
	after, wait := ports.Place{}, relayPoll
	for ctx.Err() == nil {
		next, err := r.round(ctx, after)
		switch {
		case err != nil && ctx.Err() == nil:
			r.Failed(err)
			pause(ctx, wait)
			wait = min(2*wait, relayPause)
		case next == after: // from the first course to the last
			pause(ctx, relayRest)
			r.Outbox.Await(ctx, relayPoll)
			fallthrough
		default:
			wait = relayPoll
		}
		after = next
	}
	return nil
}

// round publishes and marks what waits after a place, and returns where the next round is to begin.
func (r *Relay) round(ctx context.Context, after ports.Place) (next ports.Place, err error) {
	batch := cmp.Or(r.Batch, relayBatch)
	messages, err := r.Outbox.Unpublished(ctx, after, batch)
	if err != nil || len(messages) == 0 {
		return ports.Place{}, err
	}
	n, err := r.Publisher.Publish(ctx, messages)
	if n > 0 {
		// What is published is published, whoever wants to leave now.
		err = errors.Join(err, r.Outbox.MarkPublished(context.WithoutCancel(ctx), messages[:n]))
	}
	if last := messages[len(messages)-1]; err == nil && len(messages) == batch {
		next = ports.Place{Tenant: last.Tenant, Course: last.Course}
	}
	return next, err
}
