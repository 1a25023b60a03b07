package application_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// newNarrow returns a store whose updates load one learner of a waitlist, so that promotions of few learners take many transactions.
func newNarrow(pass func(context.Context, ports.Need) error) *gate {
	g := newGate(pass)
	g.narrow = true
	return g
}

// long returns a command that creates a course without seats, and puts a1 to a6 on its waitlist.
func long(course domain.CourseID) ports.Command {
	c := putOn(course, 0)
	for i := range 6 {
		c.Actions = append(c.Actions, ports.Enroll{Course: course, Learner: domain.LearnerID(fmt.Sprint("a", i+1))})
	}
	return c
}

func withdrawOn(c domain.CourseID, learner domain.LearnerID) ports.Command {
	return ports.Command{By: staff, Actions: []ports.Action{ports.Withdraw{Course: c, Learner: learner}}}
}

// beside returns the command with a second action, on another course.
func beside(c ports.Command, course domain.CourseID) ports.Command {
	c.Actions = append(c.Actions, ports.Enroll{Course: course, Learner: "beside"})
	return c
}

// requirePromoted fails the test if a learner waits for a free seat.
func requirePromoted(t testing.TB, store ports.Store, courses ...domain.CourseID) {
	t.Helper()
	for _, id := range courses {
		if c, err := store.Course(t.Context(), staff.Tenant, id); err != nil || c.NeedsPromotion() {
			t.Errorf("learners wait for a free seat: %+v, %v", c, err)
		}
	}
}

// Commands that share the transaction of a promotion may use up the waitlist that it has loaded, or free further seats. All seats are
// given away before the last caller is answered.
func TestBatcherPromotesAmongOtherCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		before, behind ports.Command // the promotion, in its transaction
		taken          int
	}{
		{"none of them on the waitlist", enrollOn("c", "x"), enrollOn("c", "y"), 2},
		{"more seats before it", putOn("c", 4), enrollOn("c", "y"), 4},
		{"the first learner leaves before it", withdrawOn("c", "a2"), enrollOn("c", "y"), 2},
		{"a seat behind it", enrollOn("c", "x"), withdrawOn("c", "a1"), 2},
		{"more seats behind it", enrollOn("c", "x"), putOn("c", 4), 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newNarrow(func(_ context.Context, need ports.Need) error {
					time.Sleep(time.Second)
					if need.Courses[0].ID == "d" {
						time.Sleep(time.Second)
					}
					return nil
				})
				b := newBatcher(t, store, application.BatcherOptions{})
				b.Submit(t.Context(), long("c"), putOn("d", 9))
				store.updates.Store(0)
				var callers sync.WaitGroup
				ask := func(command ports.Command) {
					callers.Go(func() {
						if r := b.Submit(t.Context(), command)[0]; r.Err != nil || r.Outcomes[0].Refused != "" {
							t.Errorf("%+v", r)
						}
					})
					time.Sleep(500 * time.Millisecond)
				}
				ask(enrollOn("d", "ada"))    // until second 2
				ask(putOn("c", 2))           // until second 1.5: then its promotion is queued behind the next command
				ask(beside(c.before, "d"))   // which waits for d
				time.Sleep(time.Second / 10) // in second 1.6
				ask(c.behind)                // is queued behind the promotion
				callers.Wait()
				requirePromoted(t, store.Store, "c")
				if got, _ := store.Store.Course(t.Context(), staff.Tenant, "c"); got.SeatsTaken != c.taken {
					t.Errorf("%d seats are taken, want %d", got.SeatsTaken, c.taken)
				}
			})
		})
	}
}

// On a course whose promotions are done, another command of the batch may still wait for those on another course.
func TestBatcherPromotesOnEachCourse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newNarrow(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		b := newBatcher(t, store, application.BatcherOptions{})
		b.Submit(t.Context(), long("c"), long("d"))
		var callers sync.WaitGroup
		callers.Go(func() { must(t, b.Submit(t.Context(), putOn("c", 2), putOn("d", 6))) }) // on c until second 2, on d until second 6
		for _, capacity := range []int{4, 5} {
			time.Sleep(2500 * time.Millisecond)
			must(t, b.Submit(t.Context(), putOn("c", capacity)))
			requirePromoted(t, store.Store, "c")
		}
		callers.Wait()
		requirePromoted(t, store.Store, "c", "d")
	})
}

// A promotion that fails is not lost if another command has left a free seat since it was queued.
func TestBatcherPromotesAfterAFailure(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]int{1: 5, 99: 4} { // the updates that fail from the third on, the updates that run
		synctest.Test(t, func(t *testing.T) {
			updates := -99
			store := newNarrow(func(context.Context, ports.Need) error {
				time.Sleep(time.Second)
				if updates++; updates > 2 && updates <= 2+failures {
					return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
				}
				return nil
			})
			b := newBatcher(t, store, application.BatcherOptions{})
			b.Submit(t.Context(), long("c"))
			updates = 0
			var callers sync.WaitGroup
			for _, command := range []ports.Command{putOn("c", 2), putOn("c", 4)} { // the second one is queued before the promotion
				callers.Go(func() { must(t, b.Submit(t.Context(), command)) })
				time.Sleep(time.Second / 2)
			}
			callers.Wait()
			if failures == 1 {
				requirePromoted(t, store.Store, "c")
			}
			if updates != want {
				t.Errorf("with %d failures: %d transactions, want %d", failures, updates, want)
			}
		})
	}
}

// If the caller leaves, or the batcher is closed, the promotions are continued. Close waits for them.
func TestBatcherClosedWhilePromoting(t *testing.T) {
	t.Parallel()
	for _, leaves := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := newNarrow(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
			b := newBatcher(t, store, application.BatcherOptions{})
			b.Submit(t.Context(), long("c"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var callers sync.WaitGroup
			callers.Go(func() {
				if r := b.Submit(ctx, putOn("c", 3))[0]; leaves != errors.Is(r.Err, ports.ErrUnavailable) {
					t.Errorf("%+v", r)
				}
			})
			time.Sleep(1500 * time.Millisecond)
			if leaves {
				cancel()
			}
			b.Close()
			requirePromoted(t, store.Store, "c")
			callers.Wait()
		})
	}
}

// Service.Submit gives away all seats before it runs the next commands of the call. So the promotions depend neither on their success nor
// on the caller's context.
func TestSubmitPromotesApart(t *testing.T) {
	t.Parallel()
	poison := putOn("c", 9)
	poison.Actions = append(poison.Actions, ports.Enroll{Course: "d", Learner: "poison"})
	seatOnly := ports.Enroll{Course: "c", Learner: "last", SeatOnly: true}
	for _, c := range []struct {
		name  string
		seats int           // on the course c, by the first command of a call
		last  ports.Command // does not fit into the same transaction
		want  error
		taken int
	}{
		{"done", 2, enrollOn("d", "ada"), nil, 2},
		{"more seats", 2, putOn("c", 4), nil, 4},
		{"a command that fails", 2, poison, ports.ErrInternal, 2},
		{"the caller leaves", 2, enrollOn("d", "leave"), ports.ErrUnavailable, 2},
		{"a seat and no place on the waitlist", 9, ports.Command{By: staff, Actions: []ports.Action{seatOnly}}, nil, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := newNarrow(nil)
			s := servicetest.NewOn(t, store)
			s.Submit(t.Context(), long("c"), putOn("d", 9999))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			store.pass = func(ctx context.Context, need ports.Need) error {
				for _, n := range need.Courses {
					if slices.Contains(n.Learners, "poison") {
						return fmt.Errorf("%w: poison", ports.ErrInternal)
					}
				}
				if c.want == ports.ErrUnavailable && store.updates.Load() == 3 { // the second one of this call
					cancel()
				}
				return nil
			}
			commands := []ports.Command{putOn("c", c.seats)}
			for i := range ports.MaxActions - 1 {
				commands = append(commands, enrollOn("d", fmt.Sprint("d-", i)))
			}
			replies := s.Submit(ctx, append(commands, c.last)...)
			if r := replies[len(replies)-1]; !errors.Is(r.Err, c.want) {
				t.Errorf("the last command: %v, want %v", r.Err, c.want)
			}
			requirePromoted(t, store.Store, "c")
			if got, _ := store.Store.Course(t.Context(), staff.Tenant, "c"); got.SeatsTaken != c.taken {
				t.Errorf("%d seats are taken, want %d", got.SeatsTaken, c.taken)
			}
		})
	}
}

// Promotions that are due while other commands of the same call wait run on the caller's goroutine, too.
func TestSubmitPromotesBeforeTheNextBatch(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	const waiting = 1500
	must(t, s.Submit(t.Context(), putOn("c", 0)))
	for i := range waiting {
		must(t, s.Submit(t.Context(), enrollOn("c", fmt.Sprint("l-", i))))
	}
	other := putOn("d", 1)
	other.By.Tenant = "other"
	must(t, s.Submit(t.Context(), putOn("c", waiting), other, enrollOn("c", "late")))
	if c, err := s.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != waiting || c.WaitlistLength != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := s.Course(t.Context(), other.By, "d"); err != nil {
		t.Errorf("the command of the other tenant: %v", err)
	}
}

// No learner waits for a free seat once all calls have returned, whatever the commands and the batches. After failures that holds once
// each course has changed again.
func TestNoFreeSeatWhileALearnerWaits(t *testing.T) {
	t.Parallel()
	courses := []domain.CourseID{"c", "d"}
	for round := range 500 {
		synctest.Test(t, func(t *testing.T) {
			failing := round%3 == 0
			store := newNarrow(func(_ context.Context, need ports.Need) error {
				if rand.N(2) == 0 {
					time.Sleep(rand.N(300 * time.Microsecond))
				}
				if failing && rand.N(10) == 0 {
					return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
				}
				for _, n := range need.Courses {
					if slices.ContainsFunc(n.Learners, func(l domain.LearnerID) bool { return strings.HasPrefix(string(l), "poison") }) {
						return fmt.Errorf("%w: poison", ports.ErrInternal)
					}
				}
				return nil
			})
			store.more = rand.N(2) == 0
			service := servicetest.NewOn(t, store).Service
			b := application.NewBatcher(service, application.BatcherOptions{MaxBatches: 3})
			defer b.Close()
			submit := []func(context.Context, ...ports.Command) []ports.Reply{b.Submit, b.Submit, service.Submit}[round%3]
			for _, c := range courses {
				service.Submit(t.Context(), long(c))
			}
			var callers sync.WaitGroup
			for client := range 5 {
				callers.Go(func() {
					for range 3 {
						var commands []ports.Command
						for range 1 + rand.N(3) {
							commands = append(commands, anyCommand(client, courses))
						}
						submit(t.Context(), commands...)
					}
				})
			}
			callers.Wait()
			if failing {
				failing = false
				for _, c := range courses {
					b.Submit(t.Context(), putOn(c, 0), enrollOn(c, "last"), putOn(c, 3))
				}
			}
			requirePromoted(t, store.Store, courses...)
		})
	}
}

// anyCommand returns a command of one action or two on the courses. Some fail alone, in a batcher.
func anyCommand(client int, courses []domain.CourseID) ports.Command {
	c := ports.Command{By: staff, AllOrNothing: rand.N(4) == 0}
	for range 1 + rand.N(2) {
		course := courses[rand.N(len(courses))]
		switch rand.N(8) {
		case 0, 1:
			c.Actions = append(c.Actions, putOn(course, rand.N(6)).Actions...)
		case 2:
			if rand.N(4) == 0 {
				c.Actions = append(c.Actions, ports.Enroll{Course: course, Learner: domain.LearnerID(fmt.Sprint("poison-", client))})
				continue
			}
			fallthrough
		case 3, 4:
			c.Actions = append(c.Actions, anyOf(9, course))
		default:
			c.Actions = append(c.Actions, ports.Withdraw{Course: course, Learner: domain.LearnerID(fmt.Sprint("a", 1+rand.N(6)))})
		}
	}
	return c
}
