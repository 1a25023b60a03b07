package application_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A gate is a store whose updates take as long as is wanted, and which sees how they are made.
type gate struct {
	*memstore.Store
	pass    func(ctx context.Context, need ports.Need) error // before an update; nil: at once
	more    bool                                             // whether it can load more
	updates atomic.Int64

	mu   sync.Mutex
	busy map[domain.CourseID]bool
	in   int // updates at once
	most int
	torn bool
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
	return g.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		if g.more {
			l.More = func(larger ports.Need) (ports.Loaded, error) { return g.load(ctx, larger) }
		}
		return decide(l)
	})
}

// load answers a need whose courses nobody else changes now. Keys are none's.
func (g *gate) load(ctx context.Context, need ports.Need) (loaded ports.Loaded, err error) {
	if g.pass != nil {
		err = g.pass(ctx, need)
	}
	for _, n := range need.Courses {
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

// enter notes who is in, and whether a course was in two updates at once.
func (g *gate) enter(need ports.Need, by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range need.Courses {
		g.torn = g.torn || by > 0 && g.busy[c.ID]
		g.busy[c.ID] = by > 0
	}
	g.in += by
	g.most = max(g.most, g.in)
}

func enrollOn(c domain.CourseID, learner string) ports.Command {
	return ports.Command{By: staff, Actions: []ports.Action{ports.Enroll{Course: c, Learner: domain.LearnerID(learner)}}}
}

func putOn(c domain.CourseID, capacity int) ports.Command {
	settings := domain.Settings{Title: new("T"), Capacity: &capacity}
	return ports.Command{By: staff, Actions: []ports.Action{ports.PutCourse{Course: c, Settings: settings}}}
}

// While one transaction is under way those who come wait, and the next one takes them all, in the order in which they came.
func TestGroupSharesTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil }
		store := newGate(slow)
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
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
				t.Fatalf("place %d is %s's", i, s.Learner)
			}
		}
		g.Close()
	})
}

// The more transactions are under way, the more commands must wait for one more to begin, which takes them all.
func TestGroupTakesCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		land := make(chan bool)
		store := newGate(func(context.Context, ports.Need) error { <-land; return nil })
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
		begins := []int{1, 2, 4, 6, 14, 22, 54, 86} // with which caller each begins
		var callers sync.WaitGroup
		for i := range 120 {
			callers.Go(func() { g.Submit(t.Context(), enrollOn(courseID(i), "ada")) })
			synctest.Wait()
			want := 0
			for _, begin := range begins {
				if i+1 >= begin {
					want++
				}
			}
			if n := store.updates.Load(); n != int64(want) {
				t.Errorf("with %d callers %d are under way, want %d", i+1, n, want)
			}
		}
		close(land)
		callers.Wait()
		g.Close()
	})
}

// Who comes while the courses of a transaction are being locked goes along, where they are enough, and nobody is overtaken.
func TestGroupTakesLatecomers(t *testing.T) {
	t.Parallel()
	both := enrollOn("c", "both")
	both.Actions = append(both.Actions, ports.Enroll{Course: "d", Learner: "both"})
	several := func(n int) (commands []ports.Command) {
		for i := range n {
			commands = append(commands, enrollOn("c", fmt.Sprint("aboard-", i)))
		}
		return commands
	}
	full := enrollOn("c", "full-0")
	for i := range ports.MaxActions - 1 {
		full.Actions = append(full.Actions, ports.Enroll{Course: "c", Learner: domain.LearnerID(fmt.Sprint("full-", i+1))})
	}
	for _, c := range []struct {
		name         string
		aboard       []ports.Command
		late         []ports.Command
		transactions int64
	}{
		{"nobody", several(3), nil, 1},
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
				g := application.NewBatcher(application.New(store), application.BatcherOptions{})
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
				ask(putOn("c", 1)) // whose transaction those who are to be aboard wait for
				for _, command := range c.aboard {
					ask(command)
				}
				store.more = false
				locking <- true
				synctest.Wait()
				store.more = true
				for _, command := range c.late {
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
					t.Errorf("on the course are, in order, %q, want %q", got, order)
				}
				g.Close()
			})
		})
	}
}

func must(t *testing.T, replies []ports.Reply) {
	t.Helper()
	for _, r := range replies {
		if _, err := r.One(); err != nil {
			t.Error(err)
		}
	}
}

// A course is in one transaction at a time, others go on beside it, and no more are under way than may be; also with commands
// that want several courses, and of several tenants.
func TestGroupKeepsCoursesApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(rand.N(time.Millisecond)); return nil })
		store.more = true
		g := application.NewBatcher(application.New(store), application.BatcherOptions{MaxBatches: 4})
		const courses = 30
		for i := range courses {
			must(t, g.Submit(t.Context(), putOn(courseID(i), 5)))
		}
		store.most = 0
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
		if store.torn {
			t.Error("a course was in two transactions at once")
		}
		if store.most != 4 {
			t.Errorf("%d transactions at once, want 4", store.most)
		}
		if report, err := g.VerifyJournal(t.Context(), staff, ""); err != nil || len(report.Differences) > 0 {
			t.Errorf("check: %+v, %v", report, err)
		}
		g.Close()
	})
}

// A command that wants several courses is not overtaken on one of them while it waits for another.
func TestGroupKeepsTheOrderOverSeveralCourses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
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
			t.Errorf("bob, who came after ada, is %+v, %v; want in line behind her", p, err)
		}
		g.Close()
	})
}

// Who leaves is answered at once, and takes nobody along: what has not begun is not done, and what has is.
func TestGroupLetsCallersLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 9)))
		ask := func(learner string, patience time.Duration) ports.Reply {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := enrollOn("c", learner)
			c.Key = "key of " + learner
			return g.Submit(ctx, c)[0]
		}
		var callers sync.WaitGroup
		for _, c := range []struct {
			learner  string
			patience time.Duration
			want     error
		}{
			{"flies", 500 * time.Millisecond, ports.ErrInProgress},
			{"waits", time.Minute, nil},
			{"leaves", 500 * time.Millisecond, ports.ErrInProgress},
			{"waits too", time.Minute, nil},
			{"was never there", -time.Second, ports.ErrInProgress},
		} {
			callers.Go(func() {
				if r := ask(c.learner, c.patience); !errors.Is(r.Err, c.want) {
					t.Errorf("who %s is told %v, want %v", c.learner, r.Err, c.want)
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
		if want := []string{"flies", "waits", "waits too"}; !slices.Equal(there, want) {
			t.Errorf("enrolled are %q, want %q", there, want)
		}
		if r := ask("flies", time.Minute); !r.Replayed {
			t.Errorf("who left is told %+v when he asks again, want a replay", r)
		}
		g.Close()
	})
}

// One command that the store can't take, or that panics in it, is refused alone.
func TestGroupIsolatesPoison(t *testing.T) {
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
			g := application.NewBatcher(application.New(store), application.BatcherOptions{})
			must(t, g.Submit(t.Context(), putOn("c", 1000)))
			var callers sync.WaitGroup
			var refused atomic.Int64
			for i := range 101 {
				learner := fmt.Sprint("l-", i)
				if i == 50 {
					learner = "poison"
				}
				callers.Go(func() {
					switch r := g.Submit(t.Context(), enrollOn("c", learner))[0]; {
					case learner == "poison" && errors.Is(r.Err, ports.ErrInternal):
						refused.Add(1)
					case r.Err != nil:
						t.Errorf("%s: %v", learner, r.Err)
					}
				})
			}
			callers.Wait()
			if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != 100 || refused.Load() != 1 {
				t.Errorf("%+v, %v; %d refused", c, err, refused.Load())
			}
			g.Close()
		})
	}
}

// A store that is away is asked once for all who wait, and what comes after a command that was not done is not done either.
func TestGroupWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		store := newGate(func(_ context.Context, need ports.Need) error {
			time.Sleep(time.Second)
			if need.Courses[0].ID == "c" && away.CompareAndSwap(true, false) {
				return fmt.Errorf("%w: away", ports.ErrUnavailable)
			}
			return nil
		})
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 2000), putOn("d", 2000)))
		var party []ports.Command
		for i := range ports.MaxActions + 10 { // the last of them don't fit into the first transaction
			party = append(party, enrollOn("c", fmt.Sprint("l-", i)))
		}
		party = append(party, enrollOn("d", "ada"))
		away.Store(true)
		store.updates.Store(0)
		replies := g.Submit(t.Context(), party...)
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
		g.Close()
	})
}

// A queue that is full refuses at once, and so does a group that is closed, when all that came before is done.
func TestGroupFullAndClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := application.NewBatcher(application.New(store), application.BatcherOptions{MaxQueued: 3})
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
			t.Errorf("closed with %+v, %v; want all that waited", c, err)
		}
		if r := g.Submit(t.Context(), enrollOn("c", "later"))[0]; !errors.Is(r.Err, ports.ErrUnavailable) {
			t.Errorf("closed: %v", r.Err)
		}
		callers.Wait()
	})
}

// New seats are served to a long line, transaction by transaction, and those who come meanwhile are not kept from its end.
func TestGroupServesTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Second); return nil })
		g := application.NewBatcher(application.New(store), application.BatcherOptions{})
		must(t, g.Submit(t.Context(), putOn("c", 0)))
		const line = 4500
		var commands []ports.Command
		for i := range line {
			commands = append(commands, enrollOn("c", fmt.Sprint("l-", i)))
		}
		must(t, g.Submit(t.Context(), commands...))
		var callers sync.WaitGroup
		callers.Go(func() {
			must(t, g.Submit(t.Context(), putOn("c", line)))
			if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.NeedsPromotion() {
				t.Errorf("answered with %+v, %v: the line is not served", c, err)
			}
		})
		time.Sleep(1500 * time.Millisecond)
		begun := time.Now()
		o, err := g.Submit(t.Context(), enrollOn("c", "newcomer"))[0].One()
		if err != nil || o.Standing.Status != domain.Waitlisted {
			t.Errorf("the newcomer is %+v, %v; want in line", o.Standing, err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("he waited %s, as if for the whole line", took)
		}
		callers.Wait()
		if c, err := g.Course(t.Context(), staff, "c"); err != nil || c.SeatsTaken != line || c.WaitlistLength != 1 {
			t.Errorf("%+v, %v", c, err)
		}
		g.Close()
	})
}

// What callers see of a course could have happened one after another, each between its question and its answer, though some are
// told nothing (Herlihy and Wing, Linearizability, 1990).
func TestGroupIsLinearizable(t *testing.T) {
	t.Parallel()
	for range 100 { // short histories, for every command without an answer doubles what could have been
		var history []porcupine.Operation
		synctest.Test(t, func(t *testing.T) { // or a slow machine would leave all without an answer
			history = rush(t, 4, 15)
		})
		known := slices.IndexFunc(history, func(op porcupine.Operation) bool { return op.Output != "" })
		if known < 0 {
			t.Fatal("nobody was answered")
		}
		if got := porcupine.CheckOperationsTimeout(roster(2), history, 30*time.Second); got != porcupine.Ok {
			t.Fatalf("the history is %s", got)
		}
	}
}

// rush has callers without patience want two seats, over a store that is away now and then, and returns what they saw.
func rush(t *testing.T, callers, each int) (history []porcupine.Operation) {
	store := newGate(func(context.Context, ports.Need) error {
		time.Sleep(rand.N(300 * time.Microsecond))
		if rand.N(20) == 0 {
			return fmt.Errorf("%w: away", ports.ErrUnavailable)
		}
		return nil
	})
	store.more = rand.N(2) == 0
	g := application.NewBatcher(application.New(store), application.BatcherOptions{MaxBatches: 3})
	for g.Submit(t.Context(), putOn("c", 2))[0].Err != nil {
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	var now atomic.Int64 // counts what callers do, for in a bubble much is done at one time
	for client := range callers {
		running.Go(func() {
			for range each {
				learner := domain.LearnerID(fmt.Sprint("l-", rand.N(5)))
				var action ports.Action = ports.Enroll{Course: "c", Learner: learner}
				if rand.N(2) == 0 {
					action = ports.Withdraw{Course: "c", Learner: learner}
				}
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(8*time.Millisecond))
				op := porcupine.Operation{ClientId: client, Input: action, Call: now.Add(1)}
				o, err := g.Submit(ctx, ports.Command{By: staff, Actions: []ports.Action{action}})[0].One()
				op.Return = now.Add(1)
				cancel()
				op.Output = said(o, err)
				if op.Output == "" { // unknown: it may be done at any time, or never
					op.Return = math.MaxInt64
				}
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	g.Close()
	return history
}

// said is what a caller knows: nothing where it may or may not have been done.
func said(o ports.Outcome, err error) string {
	if errors.Is(err, ports.ErrUnavailable) {
		return ""
	}
	if err != nil {
		return string(ports.KindOf(err))
	}
	return fmt.Sprint(o.Standing.Status, " ", o.Position)
}

// roster is a course of so many seats as a model of a few lines: who has a seat, then who waits, in order.
func roster(seats int) porcupine.Model {
	type state = string // enrolled|waiting, each with commas
	split := func(s state) (enrolled, line []string) {
		e, l, _ := strings.Cut(s, "|")
		return strings.FieldsFunc(e, comma), strings.FieldsFunc(l, comma)
	}
	join := func(enrolled, line []string) state {
		slices.Sort(enrolled)
		return strings.Join(enrolled, ",") + "|" + strings.Join(line, ",")
	}
	act := func(s state, action ports.Action) (state, string) {
		enrolled, line := split(s)
		switch a := action.(type) {
		case ports.Enroll:
			l := string(a.Learner)
			switch {
			case slices.Contains(enrolled, l):
				return s, "already_enrolled"
			case slices.Contains(line, l):
				return s, "already_waitlisted"
			case len(enrolled) < seats:
				return join(append(enrolled, l), line), "enrolled 0"
			}
			return join(enrolled, append(line, l)), fmt.Sprint("waitlisted ", len(line)+1)
		case ports.Withdraw:
			l := string(a.Learner)
			if i := slices.Index(line, l); i >= 0 {
				return join(enrolled, slices.Delete(line, i, i+1)), "withdrawn 0"
			}
			i := slices.Index(enrolled, l)
			if i < 0 {
				return s, "not_enrolled"
			}
			enrolled = slices.Delete(enrolled, i, i+1)
			if len(line) > 0 {
				enrolled, line = append(enrolled, line[0]), line[1:]
			}
			return join(enrolled, line), "withdrawn 0"
		}
		panic("no such action")
	}
	return porcupine.Model{
		Init: func() any { return "|" },
		Step: func(s, input, output any) (bool, any) {
			next, says := act(s.(state), input.(ports.Action))
			return output == "" || output == says, next // what nobody was told of may be last, which is as if it never was
		},
	}
}

func comma(r rune) bool { return r == ',' }
