package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// leaseTime is how long a lease lasts after its last renewal.
const leaseTime = 10 * time.Second

// leaseTimings are derived from how long a lease lasts.
type leaseTimings time.Duration

func (t leaseTimings) renewal() time.Duration   { return time.Duration(t) / 3 }     // between two renewals
func (t leaseTimings) trusted() time.Duration   { return time.Duration(t) * 2 / 3 } // after a renewal the owner counts on the lease
func (t leaseTimings) retry() time.Duration     { return time.Duration(t) / 50 }    // after a renewal that failed
func (t leaseTimings) heartbeat() time.Duration { return time.Duration(t) / 20 }    // between two heartbeats of a worker

// A lease is the last message on its subject, while the stream keeps it. No other worker can replace it, because a publish must
// state the sequence of the last message on the subject.
type lease struct {
	bus       *Bus
	subject   string
	owner     string
	sequence  uint64    // of its message; 0 until it is acquired
	uncertain bool      // the last attempt was not answered: the broker may have stored it
	renewedAt time.Time // when the last successful renewal was sent: it expires no sooner than leaseTime after
}

// errTaken means that another worker owns the lease.
var errTaken = errors.New("owned by another worker")

func workerSubject(id string) string       { return "roster.workers." + id }
func leaseSubject(partition string) string { return "roster.partitions." + partition }

// renew acquires or extends the lease, or returns errTaken. After another error the owner is unknown: the next renew finds out.
func (l *lease) renew(ctx context.Context) error {
	if l.uncertain {
		l.findOwn(ctx)
	}
	now := time.Now()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ack, err := l.bus.js.Publish(ctx, l.subject, []byte(l.owner), jetstream.WithExpectLastSequencePerSubject(l.sequence))
	if err == nil {
		l.sequence, l.renewedAt, l.uncertain = ack.Sequence, now, false
		return nil
	}
	if err = l.bus.deliveryError(leaseStream, err); errors.Is(err, errRefused) {
		err = errTaken
	}
	l.uncertain = err != errTaken
	return fmt.Errorf("%s: %w", l.subject, err)
}

// findOwn looks whether an attempt was stored that was not answered. Otherwise this worker would take its own lease for another's, and
// no worker would serve the partition until it expires. If there is no answer, nothing is known, as before.
func (l *lease) findOwn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s, err := l.bus.js.Stream(ctx, leaseStream)
	if err != nil {
		return
	}
	if m, err := s.GetLastMsgForSubject(ctx, l.subject); err == nil && string(m.Data) == l.owner {
		l.sequence = m.Sequence
	}
}

// keepRenewed renews the lease until ctx ends. It calls lost if the lease may expire before the next renewal. A renewal that has
// begun continues when ctx ends.
func (l *lease) keepRenewed(ctx context.Context, lost context.CancelCauseFunc) {
	timings := l.bus.timings
	for wait := timings.renewal(); ; {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		renewCtx, cancel := context.WithDeadline(context.WithoutCancel(ctx), l.renewedAt.Add(timings.trusted()))
		err := l.renew(renewCtx)
		cancel()
		wait = timings.renewal()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errTaken) || err != nil && time.Since(l.renewedAt)+timings.retry() > timings.trusted():
			lost(err)
			return
		case err != nil:
			wait = timings.retry()
		}
	}
}

// release ends the lease if this worker still owns it.
func (l *lease) release() {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if s, err := l.bus.js.Stream(ctx, leaseStream); err == nil {
		_ = s.DeleteMsg(ctx, l.sequence) // otherwise the lease expires
	}
}
