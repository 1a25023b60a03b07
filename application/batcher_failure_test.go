package application_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A caller whose context ends is answered at once: its queued command is dropped, its running command completes.
func TestBatcherCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := newBatcher(t, store, application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 9)))
		ask := func(learner string, timeout time.Duration) ports.Reply {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			c := enrollOn("c", learner)
			c.Key = "key of " + learner
			return g.Submit(ctx, c)[0]
		}
		var callers sync.WaitGroup
		for _, c := range []struct {
			learner string
			timeout time.Duration
			want    error
		}{
			{"running", 500 * time.Millisecond, ports.ErrInProgress},
			{"queued", time.Minute, nil},
			{"dropped", 500 * time.Millisecond, ports.ErrInProgress},
			{"queued too", time.Minute, nil},
			{"ended before", -time.Second, ports.ErrInProgress},
		} {
			callers.Go(func() {
				if r := ask(c.learner, c.timeout); !errors.Is(r.Err, c.want) {
					t.Errorf("%s: got %v, want %v", c.learner, r.Err, c.want)
				}
			})
			synctest.Wait()
		}
		callers.Wait()
		all, err := g.Standings(t.Context(), staff, "c", ports.StandingPage{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for _, s := range all {
			there = append(there, string(s.Learner))
		}
		if want := []string{"running", "queued", "queued too"}; !slices.Equal(there, want) {
			t.Errorf("enrolled are %q, want %q", there, want)
		}
		if r := ask("running", time.Minute); !r.Replayed {
			t.Errorf("a retry under the key of the running command got %+v, want a replay", r)
		}
	})
}

// A command on which the store fails or panics fails alone; the others of its batch are saved.
func TestBatcherIsolatesFailure(t *testing.T) {
	t.Parallel()
	for i, poison := range []func(){
		func() {},
		func() { panic("poison") },
		func() {},
		func() { panic("poison") },
	} {
		synctest.Test(t, func(t *testing.T) {
			store := newGate(func(_ context.Context, need ports.Need) error {
				time.Sleep(time.Millisecond)
				for _, c := range need.Courses {
					if slices.Contains(c.Learners, "poison") {
						poison()
						return fmt.Errorf("%w: poison", ports.ErrInternal)
					}
				}
				return nil
			})
			store.more = i > 1
			g := newBatcher(t, store, application.BatcherOptions{})
			must(t, g.Submit(t.Context(), putOn("c", 1000)))
			for i, r := range servicetest.Together(101, func(i int) ports.Reply {
				if i == 50 {
					return g.Submit(t.Context(), enrollOn("c", "poison"))[0]
				}
				return g.Submit(t.Context(), enrollOn("c", fmt.Sprint("l-", i)))[0]
			}) {
				if i == 50 && !errors.Is(r.Err, ports.ErrInternal) || i != 50 && r.Err != nil {
					t.Errorf("%d: %v", i, r.Err)
				}
			}
			if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != 100 {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// A batch that is unavailable is not split, and later commands of the same call on the same course are unavailable, too.
func TestBatcherStoreUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var unavailable atomic.Bool
		store := newGate(func(_ context.Context, need ports.Need) error {
			time.Sleep(time.Second)
			if need.Courses[0].ID == "c" && unavailable.CompareAndSwap(true, false) {
				return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
			}
			return nil
		})
		g := newBatcher(t, store, application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 2000), putOn("d", 2000)))
		var commands []ports.Command
		for i := range ports.MaxActions + 10 { // the last of them do not fit into the first batch
			commands = append(commands, enrollOn("c", fmt.Sprint("l-", i)))
		}
		commands = append(commands, enrollOn("d", "ada"))
		unavailable.Store(true)
		store.updates.Store(0)
		replies := g.Submit(t.Context(), commands...)
		for i, r := range replies[:len(replies)-1] {
			if !errors.Is(r.Err, ports.ErrUnavailable) {
				t.Fatalf("command %d: %v", i, r.Err)
			}
		}
		if r := replies[len(replies)-1]; r.Err != nil {
			t.Errorf("on another course: %v", r.Err)
		}
		if n := store.updates.Load(); n != 2 {
			t.Errorf("%d transactions, want 2", n)
		}
		if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// A full queue refuses at once. A closed batcher refuses, too, after it has answered all earlier calls.
func TestBatcherFullAndClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := newBatcher(t, store, application.BatcherOptions{MaxQueued: 3})
		must(t, g.Submit(t.Context(), putOn("c", 100)))
		var callers sync.WaitGroup
		begun := time.Now()
		for i := range 4 {
			callers.Go(func() { must(t, g.Submit(t.Context(), enrollOn("c", fmt.Sprint("l-", i)))) })
			synctest.Wait()
		}
		if r := g.Submit(t.Context(), enrollOn("c", "late"))[0]; !errors.Is(r.Err, ports.ErrUnavailable) || time.Since(begun) > 0 {
			t.Errorf("with a full queue: %v after %s", r.Err, time.Since(begun))
		}
		g.Close()
		if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != 4 {
			t.Errorf("closed with %+v, %v; want all that were queued", c, err)
		}
		if r := g.Submit(t.Context(), enrollOn("c", "later"))[0]; !errors.Is(r.Err, ports.ErrUnavailable) {
			t.Errorf("closed: %v", r.Err)
		}
		callers.Wait()
	})
}

// A call may have more commands than the queue: only one that finds the queue full is refused.
func TestBatcherLargeCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := newBatcher(t, store, application.BatcherOptions{MaxQueued: 3})
		must(t, g.Submit(t.Context(), putOn("c", 100)))
		var callers sync.WaitGroup
		for call, commands := range []int{4, 2, 4} { // on an idle batcher, on an empty queue, and behind two commands
			callers.Go(func() {
				var large []ports.Command
				for i := range commands {
					large = append(large, enrollOn("c", fmt.Sprint("l-", call, "-", i)))
				}
				must(t, g.Submit(t.Context(), large...))
			})
			synctest.Wait()
		}
		if r := g.Submit(t.Context(), enrollOn("c", "late"))[0]; !errors.Is(r.Err, ports.ErrUnavailable) {
			t.Errorf("with six commands in the queue: %v", r.Err)
		}
		callers.Wait()
	})
}

// If one half of a failed batch finds the store unavailable, the other half is not tried, so that no later command of the same
// call on the same course runs without the earlier one.
func TestBatcherHalvesUnavailable(t *testing.T) {
	t.Parallel()
	var updates int
	store := newGate(func(context.Context, ports.Need) error {
		switch updates++; updates {
		case 2:
			return fmt.Errorf("%w: the whole batch", ports.ErrInternal)
		case 3:
			return fmt.Errorf("%w: its first half", ports.ErrUnavailable)
		}
		return nil
	})
	s := newBatcher(t, store, application.BatcherOptions{})
	must(t, s.Submit(t.Context(), putOn("c", 9)))
	for i, r := range s.Submit(t.Context(), enrollOn("c", "a"), enrollOn("c", "b"), enrollOn("c", "c"), enrollOn("c", "d")) {
		if !errors.Is(r.Err, ports.ErrUnavailable) {
			t.Errorf("command %d: %v, want %v", i, r.Err, ports.ErrUnavailable)
		}
	}
	if c, err := s.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Service.Submit does not split a batch that fails: a caller who needs an order gets all or nothing of it.
func TestSubmitFailsAsAWhole(t *testing.T) {
	t.Parallel()
	var updates int
	s := servicetest.NewOn(t, newGate(func(context.Context, ports.Need) error {
		if updates++; updates == 2 {
			panic("in the store")
		}
		return nil
	}))
	must(t, s.Submit(t.Context(), putOn("c", 9)))
	for i, r := range s.Submit(t.Context(), enrollOn("c", "a"), enrollOn("c", "b")) {
		if !errors.Is(r.Err, ports.ErrInternal) {
			t.Errorf("command %d: %v, want %v", i, r.Err, ports.ErrInternal)
		}
	}
	must(t, s.Submit(t.Context(), enrollOn("c", "a"), enrollOn("c", "b")))
	if updates != 3 {
		t.Errorf("%d transactions, want 3", updates)
	}
}

// Promotions take as few transactions as the waitlist needs, and stop when the store is unavailable.
func TestSubmitPromotesInSteps(t *testing.T) {
	t.Parallel()
	for fails, want := range map[int]int{0: 10, 6: 6} { // the update that fails, the updates that run
		updates := -100 // those that fill the waitlist do not count
		s := servicetest.NewOn(t, newGate(func(context.Context, ports.Need) error {
			if updates++; updates == fails && fails > 0 {
				return fmt.Errorf("%w: the disk is full", ports.ErrUnavailable)
			}
			return nil
		}))
		must(t, s.Submit(t.Context(), putOn("c", 0)))
		for i := range 10 {
			c := ports.Command{By: staff}
			for j := range 1000 {
				c.Actions = append(c.Actions, ports.Enroll{Course: "c", Learner: domain.LearnerID(fmt.Sprint(i, "-", j))})
			}
			must(t, s.Submit(t.Context(), c))
		}
		updates = 0
		must(t, s.Submit(t.Context(), putOn("c", 10_000)))
		if updates != want {
			t.Errorf("with a failure at %d: %d transactions, want %d", fails, updates, want)
		}
	}
}
