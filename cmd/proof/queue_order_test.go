package proof_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// fails is a store whose updates about a learner fail a number of times.
type fails struct {
	app.Storage
	learner domain.LearnerID
	left    atomic.Int32
}

func (s *fails) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	for _, c := range need.Courses {
		for _, l := range c.Learners {
			if l == s.learner && s.left.Add(-1) >= 0 {
				return fmt.Errorf("%w: a passing fault", ports.ErrInternal)
			}
		}
	}
	return s.Storage.Update(ctx, need, decide)
}

// A fault that passes does not change the order of queued commands, in serve as in worker: who was sent first gets the last seat.
func TestQueueKeepsOrderAfterAFault(t *testing.T) {
	t.Parallel()
	for _, process := range []string{"serve", "worker"} {
		t.Run(process, func(t *testing.T) {
			t.Parallel()
			store := &fails{Storage: memstore.New(), learner: "first"}
			store.left.Store(2) // the transaction of both commands, and the first attempt to do them apart
			s := system{name: process, url: "memory:", data: t.TempDir(), store: store}
			b := newExternalBroker(t)
			s.submit(t, []ports.Action{ports.PutCourse{Course: "go", Settings: domain.Settings{Title: new("Go"), Capacity: new(1)}}})
			send(t, b.url(), tenant, ports.Enroll{Course: "go", Learner: "first"}, ports.Enroll{Course: "go", Learner: "second"})
			if process == "serve" {
				s.start(t, io.Discard, "--nats-url", b.url())
			} else {
				s.work(t, b.url())
			}
			portstest.Eventually(t, "both are enrolled or wait", func() bool {
				c, err := s.open(t).Course(t.Context(), tenant, "go")
				return err == nil && c.SeatsTaken+c.WaitlistLength == 2
			})
			if got, err := s.open(t).Standing(t.Context(), tenant, "go", "first"); err != nil || got.Status != domain.Enrolled {
				t.Errorf("the first is %s, %v; want enrolled", got.Status, err)
			}
		})
	}
}
