package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// leaseTime is until a lease that is not renewed is over.
const leaseTime = 10 * time.Second

// pace is what follows from how long a lease lasts.
type leaseTimings time.Duration

func (p leaseTimings) renewal() time.Duration   { return time.Duration(p) / 3 }     // its holder renews it so often,
func (p leaseTimings) trusted() time.Duration   { return time.Duration(p) * 2 / 3 } // and trusts it for so long after the last time
func (p leaseTimings) retry() time.Duration     { return time.Duration(p) / 50 }    // between attempts to renew that fail
func (p leaseTimings) heartbeat() time.Duration { return time.Duration(p) / 20 }    // how often a worker looks who works, and where

// A lease is the last message on its subject while the stream keeps it: nobody else can put one there meanwhile, for who does
// has to name the sequence of the last one.
type lease struct {
	bus       *Bus
	subject   string
	owner     string
	sequence  uint64    // of its message; 0 before it is taken
	renewedAt time.Time // when the last renewal that went well was sent, so it is over later than leaseTime after
}

// errTaken says that somebody else has the lease.
var errTaken = errors.New("somebody else has it")

func workerSubject(id string) string       { return "roster.workers." + id }
func leaseSubject(partition string) string { return "roster.partitions." + partition }

// renew takes the lease or makes it last longer, or returns errTaken; other errors leave open which.
func (l *lease) renew(ctx context.Context) error {
	now := time.Now()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ack, err := l.bus.js.Publish(ctx, l.subject, []byte(l.owner), jetstream.WithExpectLastSequencePerSubject(l.sequence))
	if err == nil {
		l.sequence, l.renewedAt = ack.Sequence, now
		return nil
	}
	if err = l.bus.deliveryError(err); errors.Is(err, errRefused) {
		err = errTaken
	}
	return fmt.Errorf("%s: %w", l.subject, err)
}

// keep renews the lease until ctx ends, and calls lost where it may be over before it can be renewed again.
func (l *lease) keepRenewed(ctx context.Context, lost context.CancelCauseFunc) {
	pace := l.bus.timings
	for wait := pace.renewal(); sleep(ctx, wait); {
		attempt, cancel := context.WithDeadline(context.WithoutCancel(ctx), l.renewedAt.Add(pace.trusted())) // what is begun is ended
		err := l.renew(attempt)
		cancel()
		wait = pace.renewal()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errTaken) || err != nil && time.Since(l.renewedAt)+pace.retry() > pace.trusted():
			lost(err)
			return
		case err != nil:
			wait = pace.retry()
		}
	}
}

// giveBack ends the lease, if it is held still.
func (l *lease) release(ctx context.Context) {
	if s, err := l.bus.js.Stream(ctx, leaseStream); err == nil {
		_ = s.DeleteMsg(ctx, l.sequence) // else it ends by itself
	}
}

// sleep reports whether it came to an end before ctx.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
