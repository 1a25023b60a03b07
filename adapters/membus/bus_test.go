package membus_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/membus"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestBus(t *testing.T) {
	t.Parallel()
	portstest.TestBus(t, func(testing.TB) portstest.Bus {
		b := membus.New()
		return portstest.Bus{
			Publisher: b,
			Queue:     b,
			Join:      func(testing.TB) ports.Queue { return b },
			Published: func(testing.TB) []ports.Message { return b.Published() },
			Purge:     func(testing.TB) { b.PurgeEvents() },
			Replied:   func(testing.TB) []string { return keys(b.Replies()) },
		}
	})
}

func keys(answers []membus.Answer) (keys []string) {
	for _, a := range answers {
		keys = append(keys, a.Command.Key)
	}
	return keys
}

// A failed command waits for the retry delay. If its partition changes owners meanwhile, the new owner handles it, even though that
// worker is not the one that joined.
func TestWorkerJoinsDuringTheRetryDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bus := membus.New()
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
		defer stop()
		var workers sync.WaitGroup
		defer workers.Wait()
		work := func(handle func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)) {
			workers.Go(func() { _ = bus.Work(ctx, handle) })
			synctest.Wait() // it has joined
		}
		done := make(chan bool, 1)
		do := func(_ context.Context, commands []ports.QueuedCommand) ([]ports.Reply, error) {
			done <- true
			return make([]ports.Reply, len(commands)), nil
		}
		failed := make(chan bool, 1)
		fail := func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
			select {
			case failed <- true:
			default:
			}
			return nil, ports.ErrUnavailable
		}
		work(do)
		work(fail) // owns every odd partition
		command := ports.Command{By: ports.Actor{Tenant: "t"}, Actions: []ports.Action{ports.Enroll{Course: "c3", Learner: "ada"}}}
		if _, err := bus.Send(ctx, []ports.Command{command}); err != nil {
			t.Fatal(err)
		}
		<-failed
		work(do) // while the command waits for the retry delay, the first worker gets partition 3
		select {
		case <-done:
		case <-ctx.Done():
			t.Error("the command was not handled")
		}
		stop()
	})
}

// Events yields what was published before and what is published later, and ends with its ctx.
func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bus := membus.New()
		publish := func(sequence int64) {
			if _, err := bus.Publish(t.Context(), []ports.Message{{Entry: ports.Entry{Event: domain.Event{Sequence: sequence}}}}); err != nil {
				t.Error(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		publish(1)
		var got []int64
		ended := make(chan bool)
		go func() {
			for m := range bus.Events(ctx) {
				got = append(got, m.Sequence)
			}
			close(ended)
		}()
		synctest.Wait()
		publish(2)
		publish(3)
		synctest.Wait()
		stop()
		<-ended
		if !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("got %v", got)
		}
	})
}
