package application_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
	"pgregory.net/rapid"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	send := func(by ports.Actor, key string, actions ...ports.Action) ports.Reply {
		return s.Submit(t.Context(), ports.Command{By: by, Key: key, Actions: actions})[0]
	}
	first := send(staff, "k", enroll("ada"))
	if first.Err != nil || first.Replayed {
		t.Fatalf("first: %+v", first)
	}
	send(staff, "", withdraw("ada"))
	again := send(staff, "k", enroll("ada"))
	if !again.Replayed || !reflect.DeepEqual(again.Outcomes, first.Outcomes) || !again.ReplayedAt.Equal(first.Outcomes[0].Standing.Since) {
		t.Errorf("retry: %+v, want a replay of %+v", again, first)
	}
	send(staff, "put", seats(1))
	revised := ports.PutCourse{Course: course, Settings: seats(1).(ports.PutCourse).Settings, IfRevision: 1}
	if r := send(staff, "put", revised); !errors.Is(r.Err, ports.ErrKeyReused) {
		t.Errorf("a put with a precondition under the key of one without: %+v, want %v", r, ports.ErrKeyReused)
	}
	for _, other := range []ports.Action{enroll("bob"), withdraw("ada"), ports.Enroll{Course: "other", Learner: "ada"}, seats(1)} {
		if r := send(staff, "k", other); !errors.Is(r.Err, ports.ErrKeyReused) {
			t.Errorf("%+v under the key: %+v, want %v", other, r, ports.ErrKeyReused)
		}
	}
	colleague := staff
	colleague.Subject = "colleague"
	if r := send(colleague, "k", enroll("bob")); r.Err != nil || r.Replayed {
		t.Errorf("the same key of another subject: %+v", r)
	}

	refused := send(staff, "no", enroll("bob"))
	send(staff, "", withdraw("bob"))
	if r := send(staff, "no", enroll("bob")); !r.Replayed || r.Outcomes[0].Refused != refused.Outcomes[0].Refused {
		t.Errorf("a refusal was replayed as %+v, want %+v", r, refused)
	}

	twice := ports.Command{By: staff, Key: "both", Actions: []ports.Action{enroll("cyd")}}
	replies := s.Submit(t.Context(), twice, twice)
	if replies[0].Replayed || !replies[1].Replayed || !reflect.DeepEqual(replies[0].Outcomes, replies[1].Outcomes) {
		t.Errorf("one command twice in one batch: %+v", replies)
	}
	forbidden := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	if r := send(forbidden, "f", enroll("bob")); !errors.Is(r.Err, ports.ErrForbidden) {
		t.Errorf("forbidden: %+v", r)
	}
	if r := send(forbidden, "f", enroll("ada")); r.Err != nil || r.Replayed {
		t.Errorf("a key that only a forbidden command has used: %+v", r)
	}
}

// Commands of one Submit may be of several tenants, and more than fit into one transaction.
func TestSubmitMany(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	other := staff
	other.Tenant = "other"
	var commands []ports.Command
	for i := range 6 {
		by := []ports.Actor{staff, other}[i%2]
		var actions []ports.Action
		for j := range 400 {
			actions = append(actions, enroll(domain.LearnerID(fmt.Sprint("l", i, "-", j))))
		}
		commands = append(commands, ports.Command{By: by, Actions: actions})
	}
	commands = append(commands, commands[0], commands[2], commands[4])
	for i, r := range s.Submit(t.Context(), commands...) {
		want := domain.Kind("")
		switch {
		case i >= 6:
			want = domain.ErrAlreadyWaitlisted
		case i%2 == 1:
			want = domain.ErrCourseNotFound
		}
		if r.Err != nil || len(r.Outcomes) != 400 || r.Outcomes[399].Refused != want {
			t.Errorf("command %d: %v, %d outcomes, want them refused with %q", i, r.Err, len(r.Outcomes), want)
		}
	}
	if c, err := s.Course(t.Context(), staff, course); err != nil || c.SeatsTaken != 1 || c.WaitlistLength != 1199 {
		t.Errorf("course is %+v, %v", c, err)
	}
}

// The actions of one command may name courses in any order, and repeatedly.
func TestActionsInAnyOrderOfCourses(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	do(t, s, slices.Concat(s.On("z").Actions("put capacity=1"), s.On("a").Actions("put capacity=1"), s.On("z").Actions("enroll ada"),
		s.On("m").Actions("put capacity=1"), s.On("a").Actions("enroll ada"),
		s.Actions("enroll ada; withdraw ada; enroll bob; enroll ada; withdraw bob"))...)
	if p, err := s.Standing(t.Context(), staff, course, "ada"); err != nil || p.Status != domain.Enrolled || p.Sequence != 7 {
		t.Errorf("ada is %+v, %v", p, err)
	}
}

// The outcome of each withdrawal has the learners that it promoted.
func TestEachWithdrawalPromotes(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=2; enroll ada; enroll bob; enroll cyd; enroll dan")
	for i, o := range s.Given("withdraw ada; withdraw bob") {
		if len(o.Promoted) != 1 || o.Promoted[0].Learner != []domain.LearnerID{"cyd", "dan"}[i] {
			t.Errorf("withdrawal %d promoted %+v", i, o.Promoted)
		}
	}
}

func TestPreconditions(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada; enroll bob")
	put := func(revision int64, capacity int) ports.Outcome {
		return do(t, s, ports.PutCourse{Course: course, Settings: domain.Settings{Capacity: &capacity}, IfRevision: revision})[0]
	}
	if o := put(1, 2); o.Refused != "" || o.Course.Revision != 4 || len(o.Promoted) != 1 {
		t.Errorf("with the right revision: %+v", o)
	}
	if o := put(1, 3); o.Refused != ports.ErrPreconditionFailed || o.Course.Capacity != 2 {
		t.Errorf("with an old revision: %+v", o)
	}
	if o := put(ports.MustNotExist, 3); o.Refused != ports.ErrPreconditionFailed || o.Course.Capacity != 2 {
		t.Errorf("of a course that exists: %+v", o)
	}
	create := ports.PutCourse{Course: "new", Settings: domain.Settings{Title: new("T"), Capacity: new(1)}, IfRevision: ports.MustNotExist}
	if o := do(t, s, create, create); !o[0].Created || o[1].Refused != ports.ErrPreconditionFailed {
		t.Errorf("created twice: %+v", o)
	}
}

// One transaction promotes at most a thousand learners. Submit continues until no learner waits for a free seat.
func TestPromotesALongWaitlist(t *testing.T) {
	t.Parallel()
	const waiting, grown = 3500, 2600
	watched := &largest{Store: memstore.New()}
	s := open(t, watched)
	s.Given("put capacity=0")
	for from := 0; from < waiting; from += 500 {
		var actions []ports.Action
		for i := range 500 {
			actions = append(actions, enroll(domain.LearnerID(fmt.Sprint("l", from+i))))
		}
		do(t, s, actions...)
	}
	o := do(t, s, seats(grown))[0]
	if len(o.Promoted) != 1000 {
		t.Errorf("the transaction of the put promoted %d, want 1000", len(o.Promoted))
	}
	c, err := s.Course(t.Context(), staff, course)
	if err != nil || c.SeatsTaken != grown || c.WaitlistLength != waiting-grown {
		t.Errorf("course is %+v, %v; want %d seats taken", c, err, grown)
	}
	if watched.promoted != 1000 {
		t.Errorf("a transaction promoted %d, want at most 1000", watched.promoted)
	}
}

// largest records the most promotions in one transaction.
type largest struct {
	ports.Store
	promoted int
}

func (s *largest) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		n := 0
		for _, e := range c.Journal {
			if e.Type == domain.LearnerPromoted {
				n++
			}
		}
		s.promoted = max(s.promoted, n)
		return c, err
	})
}

// After a crash or a failed commit between two of these transactions, the next change of the course continues the promotions.
func TestContinuesPromotionsAfterAFailure(t *testing.T) {
	t.Parallel()
	commits, fails := 0, false
	s := open(t, memstore.New(memstore.WithCommit(func() error {
		if commits++; fails && commits > 1 {
			return errors.New("power cut")
		}
		return nil
	})))
	s.Given("put capacity=0")
	var actions []ports.Action
	for i := range 1024 {
		actions = append(actions, enroll(domain.LearnerID(fmt.Sprint("l", i))))
	}
	do(t, s, actions...)
	commits, fails = 0, true
	s.Given("put capacity=2000")
	if c, _ := s.Course(t.Context(), staff, course); !c.NeedsPromotion() {
		t.Fatalf("course is %+v, want promotions left to do", c)
	}
	fails = false
	if o := s.Given("enroll late")[0]; o.Standing.Status != domain.Waitlisted {
		t.Errorf("the newcomer is %+v, want the last place on the waitlist", o.Standing)
	}
	if c, _ := s.Course(t.Context(), staff, course); c.SeatsTaken != 1025 || c.WaitlistLength != 0 {
		t.Errorf("course is %+v, want a seat for all", c)
	}
}

// In whatever batches commands are decided, and however often a store retries, the journal is the same.
func TestBatchesDecideAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		script := rapid.SliceOfN(rapid.Custom(anAction), 1, 60).Draw(t, "script")
		journalOf := func(store ports.Store, cut func() int) string {
			s := servicetest.NewOn(t, store, application.WithIDs(always("id")))
			for rest := script; len(rest) > 0; {
				n := min(cut(), len(rest))
				var batch []ports.Command
				for _, a := range rest[:n] {
					batch = append(batch, ports.Command{By: staff, Correlation: "c", Actions: []ports.Action{a}})
				}
				s.Submit(context.Background(), batch...)
				rest = rest[n:]
			}
			var b strings.Builder
			for e, err := range store.Journal(context.Background(), staff.Tenant, course, 0) {
				fmt.Fprintln(&b, e, err)
			}
			return b.String()
		}
		one := journalOf(memstore.New(), func() int { return 1 })
		many := journalOf(portstest.Twice(memstore.New()), func() int { return rapid.IntRange(1, 20).Draw(t, "batch") })
		if one != many {
			t.Fatalf("one at a time:\n%s\nin batches:\n%s", one, many)
		}
	})
}

func anAction(t *rapid.T) ports.Action {
	learner := domain.LearnerID(rapid.SampledFrom([]string{"ada", "bob", "cyd", "dan", "eve"}).Draw(t, "learner"))
	switch rapid.IntRange(0, 7).Draw(t, "action") {
	case 0, 1, 2:
		return enroll(learner)
	case 3, 4:
		return withdraw(learner)
	case 5:
		return ports.PutCourse{Course: course, Settings: domain.Settings{Open: new(rapid.Bool().Draw(t, "open"))}}
	case 6:
		return ports.PutCourse{Course: course, Settings: domain.Settings{WaitlistEnabled: new(rapid.Bool().Draw(t, "waitlist"))}}
	}
	return seats(rapid.IntRange(0, 3).Draw(t, "seats"))
}

// always is a source of one id.
type always string

func (a always) New() string { return string(a) }

func TestFailures(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	s.FailNextCommit()
	keyed := ports.Command{By: staff, Key: "k", Actions: []ports.Action{enroll("ada")}}
	if r := s.Submit(t.Context(), keyed)[0]; !errors.Is(r.Err, ports.ErrUnavailable) || r.Outcomes != nil {
		t.Errorf("a failed commit: %+v, want %v", r, ports.ErrUnavailable)
	}
	if r := s.Submit(t.Context(), keyed)[0]; r.Err != nil || r.Replayed {
		t.Errorf("retry under the key: %+v, want it to run", r)
	}

	gone, leave := context.WithCancel(t.Context())
	leave()
	bare := ports.Command{By: staff, Actions: []ports.Action{enroll("bob")}}
	if r := s.Submit(gone, keyed)[0]; !errors.Is(r.Err, ports.ErrInProgress) {
		t.Errorf("with a key: %v, want %v", r.Err, ports.ErrInProgress)
	}
	if r := s.Submit(gone, bare)[0]; ports.KindOf(r.Err) != ports.ErrUnavailable {
		t.Errorf("without a key: %v, want %v", r.Err, ports.ErrUnavailable)
	}

	replies := s.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{enroll("")}}, bare)
	if replies[0].Err == nil || replies[1].Err != nil {
		t.Errorf("one bad command: %+v; want only that one refused", replies)
	}
}

// If the context ends between two batches, the second one is not tried.
func TestSubmitWhileTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	store := newGate(func(context.Context, ports.Need) error { cancel(); return nil })
	var commands []ports.Command
	for i := range ports.MaxActions + 1 {
		commands = append(commands, putOn(domain.CourseID(fmt.Sprint("c", i)), 1))
	}
	replies := application.New(store).Submit(ctx, commands...)
	if last := replies[len(replies)-1]; !errors.Is(last.Err, ports.ErrUnavailable) || store.updates.Load() != 1 {
		t.Errorf("the last command got %+v, after %d updates", last, store.updates.Load())
	}
}
