package app

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/ports"
)

type countedOutbox struct {
	Storage
	calls    atomic.Int32
	messages atomic.Int32
	oldest   time.Time
}

func (o *countedOutbox) Backlog(context.Context) (ports.Backlog, error) {
	o.calls.Add(1)
	return ports.Backlog{Messages: int(o.messages.Load()), Oldest: o.oldest}, nil
}

// The backlog is measured as time passes, however often /readyz is asked.
func TestLagIsMeasuredAtAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &countedOutbox{oldest: time.Now()}
		o.messages.Store(2)
		l, stop := newLag(t.Context(), o)
		defer stop()
		for _, c := range []struct {
			after time.Duration
			calls int32
			late  bool
		}{{0, 1, false}, {lagInterval, 2, false}, {lagInterval, 3, false}, {lagInterval, 4, true}} {
			time.Sleep(c.after)
			synctest.Wait()
			for range 100 {
				if err := l.ready(t.Context()); (err != nil) != c.late {
					t.Fatalf("after %d measurements: %v", c.calls, err)
				}
			}
			if got := o.calls.Load(); got != c.calls {
				t.Fatalf("%d measurements, want %d", got, c.calls)
			}
		}
		o.messages.Store(0)
		time.Sleep(lagInterval)
		synctest.Wait()
		if err := l.ready(t.Context()); err != nil {
			t.Errorf("all is published: %v", err)
		}
	})
}
