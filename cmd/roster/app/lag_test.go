package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/ports"
)

type countedOutbox struct {
	ports.Outbox
	calls   int
	backlog ports.Backlog
}

func (o *countedOutbox) Backlog(context.Context) (ports.Backlog, error) {
	o.calls++
	return o.backlog, nil
}

// The backlog is measured as time passes, however often /readyz is asked.
func TestLagIsMeasuredAtAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &countedOutbox{backlog: ports.Backlog{Messages: 2, Oldest: time.Now()}}
		l, stop := newLag(t.Context(), o)
		defer stop()
		for _, c := range []struct {
			after time.Duration
			calls int
			late  bool
		}{{0, 1, false}, {lagInterval, 2, false}, {lagInterval, 3, false}, {lagInterval, 4, true}} {
			time.Sleep(c.after)
			synctest.Wait()
			for range 100 {
				if err := l.ready(t.Context()); (err != nil) != c.late {
					t.Fatalf("after %d measurements: %v", o.calls, err)
				}
			}
			if o.calls != c.calls {
				t.Fatalf("%d measurements, want %d", o.calls, c.calls)
			}
		}
		o.backlog.Messages = 0
		time.Sleep(lagInterval)
		synctest.Wait()
		if err := l.ready(t.Context()); err != nil {
			t.Errorf("all is published: %v", err)
		}
	})
}
