package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/roster/ports"
)

const (
	maxLag      = 10 * time.Second // how long an event may be unpublished before /readyz reports it
	lagInterval = 5 * time.Second
)

// A lag is the part of /readyz that says whether events are published in time. It is measured at an interval, and not by requests,
// which need no token: the work of a measurement grows with what is unpublished.
type lag struct {
	outbox ports.Outbox

	mu  sync.Mutex
	err error // of the last measurement
}

// newLag measures once, and then until the cleanup is called.
func newLag(ctx context.Context, s Storage) (*lag, func()) {
	l := &lag{outbox: s}
	l.measure(ctx)
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for tick := time.NewTicker(lagInterval); ; l.measure(ctx) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	})
	return l, func() {
		cancel()
		running.Wait()
	}
}

// ready returns an error if the last measurement failed, or an event had been unpublished for too long.
func (l *lag) ready(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *lag) measure(ctx context.Context) {
	backlog, err := l.outbox.Backlog(ctx)
	if lag := time.Since(backlog.Oldest).Round(time.Second); err == nil && backlog.Messages > 0 && lag > maxLag {
		err = fmt.Errorf("%w: %d events are unpublished, the oldest for %s", ports.ErrUnavailable, backlog.Messages, lag)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}
