package application_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A gate is a store whose updates a test can delay, and which records how they overlap.
type gate struct {
	*memstore.Store
	pass    func(ctx context.Context, need ports.Need) error // runs before each update; may be nil
	more    bool                                             // whether Loaded has More
	narrow  bool                                             // loads at most one learner of a waitlist
	updates atomic.Int64

	mu         sync.Mutex
	busy       map[domain.CourseID]bool
	running    int // updates
	maxRunning int
	overlap    bool // a course was in two updates at once
}

// newBatcher returns a batcher on a store. At the end of the test it is closed, and the kit verifies the journal.
func newBatcher(t testing.TB, store ports.Store, o application.BatcherOptions) *application.Batcher {
	b := application.NewBatcher(servicetest.NewOn(t, store).Service, o)
	t.Cleanup(b.Close)
	return b
}

func newGate(pass func(context.Context, ports.Need) error) *gate {
	return &gate{Store: memstore.New(), pass: pass, busy: make(map[domain.CourseID]bool)}
}

func (g *gate) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	g.updates.Add(1)
	g.enter(need, 1)
	defer g.enter(need, -1)
	if g.pass != nil {
		if err := g.pass(ctx, need); err != nil {
			return err
		}
	}
	return g.Store.Update(ctx, g.narrowed(need), func(l ports.Loaded) (ports.Changes, error) {
		if g.more {
			l.More = func(larger ports.Need) (ports.Loaded, error) { return g.load(ctx, larger) }
		}
		return decide(l)
	})
}

// load answers a need on courses that are locked. It knows no keys.
func (g *gate) load(ctx context.Context, need ports.Need) (loaded ports.Loaded, err error) {
	if g.pass != nil {
		err = g.pass(ctx, need)
	}
	for _, n := range g.narrowed(need).Courses {
		course, _ := g.Store.Course(ctx, need.Tenant, n.ID)
		course.ID = n.ID
		var held, line []domain.Standing
		for _, learner := range n.Learners {
			if p, err := g.Store.Standing(ctx, need.Tenant, n.ID, learner); err == nil {
				held = append(held, p.Standing)
			}
		}
		page, _ := g.Store.Standings(ctx, need.Tenant, n.ID, ports.StandingPage{Status: domain.Waitlisted, Limit: n.FirstWaiting})
		for _, p := range page {
			line = append(line, p.Standing)
		}
		loaded.Rosters = append(loaded.Rosters, domain.NewRoster(course, held, line))
	}
	return loaded, err
}

func (g *gate) narrowed(need ports.Need) ports.Need {
	if g.narrow {
		need.Courses = slices.Clone(need.Courses)
		for i := range need.Courses {
			need.Courses[i].FirstWaiting = min(need.Courses[i].FirstWaiting, 1)
		}
	}
	return need
}

// enter counts an update as started (by 1) or ended (by -1).
func (g *gate) enter(need ports.Need, by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range need.Courses {
		g.overlap = g.overlap || by > 0 && g.busy[c.ID]
		g.busy[c.ID] = by > 0
	}
	g.running += by
	g.maxRunning = max(g.maxRunning, g.running)
}

func enrollOn(c domain.CourseID, learner string) ports.Command {
	return ports.Command{By: staff, Actions: []ports.Action{ports.Enroll{Course: c, Learner: domain.LearnerID(learner)}}}
}

func putOn(c domain.CourseID, capacity int) ports.Command {
	settings := domain.Settings{Title: new("T"), Capacity: &capacity}
	return ports.Command{By: staff, Actions: []ports.Action{ports.PutCourse{Course: c, Settings: settings}}}
}

// While a batch runs, new commands on its course are queued, and the next batch takes them all in order of arrival.
func TestBatcherSharesTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil }
		store := newGate(slow)
		g := newBatcher(t, store, application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 1)))
		store.updates.Store(0)
		var callers sync.WaitGroup
		for i := range 100 {
			callers.Go(func() { must(t, g.Submit(t.Context(), enrollOn("c", fmt.Sprintf("l-%03d", i)))) })
			synctest.Wait()
		}
		callers.Wait()
		if n := store.updates.Load(); n != 2 {
			t.Errorf("100 callers took %d transactions, want 2", n)
		}
		all, err := g.Standings(t.Context(), staff, "c", ports.StandingPage{Limit: 1000})
		if err != nil || len(all) != 100 {
			t.Fatalf("%d standings, %v", len(all), err)
		}
		for i, s := range all {
			if s.Learner != domain.LearnerID(fmt.Sprintf("l-%03d", i)) {
				t.Fatalf("position %d belongs to %s", i, s.Learner)
			}
		}
	})
}

// Few callers never wait for each other. Many share batches: while two run, another starts when a third of the unanswered commands is
// queued, and takes all of these.
func TestBatcherMinQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan bool)
		store := newGate(func(context.Context, ports.Need) error { <-finish; return nil })
		g := newBatcher(t, store, application.BatcherOptions{})
		var callers sync.WaitGroup
		called := 0
		call := func(n, want int) {
			t.Helper()
			for range n {
				callers.Go(func() { g.Submit(t.Context(), enrollOn(courseID(called), "ada")) })
				synctest.Wait()
				called++
			}
			if n := store.updates.Load(); n != int64(want) {
				t.Errorf("after %d calls %d batches have started, want %d", called, n, want)
			}
		}
		call(5, 5)
		call(1, 5)
		call(1, 6) // two of seven, rounded down
		call(2, 6)
		call(1, 7)
		call(3, 7)
		call(1, 8)
		call(111, 8) // no more than eight run
		for range 8 {
			finish <- true
			synctest.Wait()
		}
		call(0, 9) // the ninth has 111 commands
		call(1, 10)
		call(54, 10)
		call(1, 11) // 55 of 167
		close(finish)
		callers.Wait()
	})
}

// A ready command also starts if it is one on a busy course that makes the queue long enough.
func TestBatcherMinQueueOnBusyCourses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan bool)
		store := newGate(func(context.Context, ports.Need) error { <-finish; return nil })
		g := newBatcher(t, store, application.BatcherOptions{})
		large := make([]ports.Command, 6)
		for i := range large {
			large[i] = enrollOn("c", fmt.Sprint("l-", i))
		}
		var callers sync.WaitGroup
		for i, commands := range [][]ports.Command{large, {enrollOn("d", "ada")}, {enrollOn("ready", "ada")}, large[:1], large[:1]} {
			callers.Go(func() { g.Submit(t.Context(), commands...) })
			synctest.Wait()
			if n, want := store.updates.Load(), []int64{1, 2, 2, 2, 3}[i]; n != want { // three of ten are queued at last
				t.Errorf("after %d calls %d batches have started, want %d", i+1, n, want)
			}
		}
		close(finish)
		callers.Wait()
	})
}

// Commands that arrive while a batch waits for its locks join it if there are enough of them, and none overtakes another.
func TestBatcherJoiners(t *testing.T) {
	t.Parallel()
	both := enrollOn("c", "both")
	both.Actions = append(both.Actions, ports.Enroll{Course: "d", Learner: "both"})
	several := func(n int) (commands []ports.Command) {
		for i := range n {
			commands = append(commands, enrollOn("c", fmt.Sprint("queued-", i)))
		}
		return commands
	}
	full := enrollOn("c", "full-0")
	for i := range ports.MaxActions - 1 {
		full.Actions = append(full.Actions, ports.Enroll{Course: "c", Learner: domain.LearnerID(fmt.Sprint("full-", i+1))})
	}
	for _, c := range []struct {
		name         string
		queued       []ports.Command
		joiners      []ports.Command
		transactions int64
	}{
		{"none", several(3), nil, 1},
		{"one beside one", several(1), []ports.Command{enrollOn("c", "late")}, 1},
		{"one beside many", several(8), []ports.Command{enrollOn("c", "late")}, 2},
		{"some beside many", several(8), []ports.Command{enrollOn("c", "late-1"), enrollOn("c", "late-2"), enrollOn("c", "late-3")}, 1},
		{"to another course, too", several(1), []ports.Command{both, enrollOn("c", "behind both")}, 2},
		{"to another course", several(1), []ports.Command{enrollOn("d", "elsewhere")}, 2},
		{"beside a full one", []ports.Command{full}, []ports.Command{enrollOn("c", "late")}, 2},
		{"of another tenant", several(1), []ports.Command{{
			By:      ports.Actor{Tenant: "another", Subject: "s", Role: ports.Staff},
			Actions: []ports.Action{ports.Enroll{Course: "c", Learner: "stranger"}},
		}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				locking := make(chan bool)
				store := newGate(nil)
				g := newBatcher(t, store, application.BatcherOptions{})
				must(t, g.Submit(t.Context(), putOn("c", 1), putOn("d", 1)))
				store.pass = func(context.Context, ports.Need) error { <-locking; return nil }
				store.more = true
				var callers sync.WaitGroup
				var order []string
				ask := func(command ports.Command) {
					callers.Go(func() { g.Submit(t.Context(), command) })
					synctest.Wait()
					for _, a := range command.Actions {
						if e, ok := a.(ports.Enroll); ok && e.Course == "c" && command.By == staff {
							order = append(order, string(e.Learner))
						}
					}
				}
				before := store.updates.Load()
				ask(putOn("c", 1)) // while it runs, the others are queued
				for _, command := range c.queued {
					ask(command)
				}
				store.more = false
				locking <- true
				synctest.Wait()
				store.more = true
				for _, command := range c.joiners {
					ask(command)
				}
				close(locking)
				callers.Wait()
				if n := store.updates.Load() - before - 1; n != c.transactions {
					t.Errorf("%d transactions, want %d", n, c.transactions)
				}
				all, err := g.Standings(t.Context(), staff, "c", ports.StandingPage{Limit: 2000})
				if err != nil {
					t.Error(err)
				}
				var got []string
				for _, s := range all {
					got = append(got, string(s.Learner))
				}
				if !slices.Equal(got, order) {
					t.Errorf("standings in order of sequence are %q, want %q", got, order)
				}
			})
		})
	}
}

func must(t testing.TB, replies []ports.Reply) {
	t.Helper()
	for _, r := range replies {
		if _, err := r.One(); err != nil {
			t.Error(err)
		}
	}
}

// A course is in one running batch at a time, and at most MaxBatches run, also with commands on several courses.
func TestBatcherKeepsCoursesApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(rand.N(time.Millisecond)); return nil })
		store.more = true
		g := newBatcher(t, store, application.BatcherOptions{MaxBatches: 4})
		const courses = 30
		for i := range courses {
			must(t, g.Submit(t.Context(), putOn(courseID(i), 5)))
		}
		store.maxRunning = 0
		var callers sync.WaitGroup
		for i := range 64 {
			callers.Go(func() {
				for n := range 30 {
					c := enrollOn(courseID(rand.N(courses)), fmt.Sprint("l-", i, "-", n))
					for range rand.N(3) {
						c.Actions = append(c.Actions, ports.Enroll{Course: courseID(rand.N(courses)), Learner: "x"})
					}
					if r := g.Submit(t.Context(), c)[0]; r.Err != nil || len(r.Outcomes) != len(c.Actions) || r.Outcomes[0].Refused != "" {
						t.Errorf("%+v", r)
					}
				}
			})
		}
		callers.Wait()
		if store.overlap {
			t.Error("a course was in two transactions at once")
		}
		if store.maxRunning != 4 {
			t.Errorf("%d transactions at once, want 4", store.maxRunning)
		}
	})
}

// A command on several courses is not overtaken on one of them while it waits for another.
func TestBatcherKeepsOrderAcrossCourses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := newBatcher(t, store, application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 1), putOn("d", 1)))
		both := enrollOn("c", "ada")
		both.Actions = append(both.Actions, ports.Enroll{Course: "d", Learner: "ada"})
		var callers sync.WaitGroup
		for _, c := range []ports.Command{enrollOn("c", "first"), both, enrollOn("d", "bob")} {
			callers.Go(func() { g.Submit(t.Context(), c) })
			synctest.Wait()
		}
		callers.Wait()
		if p, err := g.Standing(t.Context(), staff, "d", "bob"); err != nil || p.Position != 1 {
			t.Errorf("bob, who arrived after ada, is %+v, %v; want first on the waitlist, behind her seat", p, err)
		}
	})
}

// New seats are given to a long waitlist batch by batch, and new commands run between those batches.
func TestBatcherPromotesInSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := newBatcher(t, store, application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 0)))
		const waiting = 4500
		var commands []ports.Command
		for i := range waiting {
			commands = append(commands, enrollOn("c", fmt.Sprint("l-", i)))
		}
		must(t, g.Submit(t.Context(), commands...))
		var callers sync.WaitGroup
		callers.Go(func() {
			must(t, g.Submit(t.Context(), putOn("c", waiting)))
			if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.NeedsPromotion() {
				t.Errorf("answered before the promotions were done: %+v, %v", c, err)
			}
		})
		time.Sleep(1500 * time.Millisecond)
		begun := time.Now()
		o, err := g.Submit(t.Context(), enrollOn("c", "newcomer"))[0].One()
		if err != nil || o.Standing.Status != domain.Waitlisted {
			t.Errorf("the newcomer is %+v, %v; want waitlisted", o.Standing, err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("the newcomer waited %s, as if for all promotions", took)
		}
		callers.Wait()
		if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != waiting || c.WaitlistLength != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}
