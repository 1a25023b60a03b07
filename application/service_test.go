package application_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
	"pgregory.net/rapid"
)

const course = domain.CourseID("go-101")

var staff = ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}

func enroll(l domain.LearnerID) ports.Action   { return ports.Enroll{Course: course, Learner: l} }
func withdraw(l domain.LearnerID) ports.Action { return ports.Withdraw{Course: course, Learner: l} }
func seats(n int) ports.Action {
	return ports.PutCourse{Course: course, Settings: domain.Settings{Title: new("Go"), Capacity: &n}}
}

// open returns a service on store with one course of n seats.
func open(t testing.TB, store ports.Store, n int) *application.Service {
	t.Helper()
	s := application.New(store, application.WithClock(new(ticks)), application.WithIDs(new(count)))
	do(t, s, seats(n))
	return s
}

// do submits one command of staff and returns its outcomes.
func do(t testing.TB, s *application.Service, actions ...ports.Action) []ports.Outcome {
	t.Helper()
	r := s.Submit(t.Context(), ports.Command{By: staff, Actions: actions})[0]
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r.Outcomes
}

func mustCheck(t testing.TB, s *application.Service) {
	t.Helper()
	report, err := s.Check(t.Context(), staff, "")
	if err != nil || len(report.Differences) > 0 {
		t.Fatalf("check: %v, %v", report.Differences, err)
	}
}

// ticks is a clock that goes on by a second, and a bit less than a microsecond, with every look.
type ticks struct{ n time.Duration }

func (c *ticks) Now() time.Time {
	c.n++
	return time.Date(2026, 9, 1, 8, 0, 0, 999, time.FixedZone("elsewhere", 3600)).Add(c.n * time.Second)
}

// count names things 1, 2, 3 …
type count struct{ n int }

func (c *count) New() string { c.n++; return fmt.Sprint(c.n) }

func TestWhoMay(t *testing.T) {
	t.Parallel()
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	partner := ports.Actor{Tenant: "default", Subject: "shop", Role: ports.Partner}
	nobody := ports.Actor{Tenant: "default", Subject: "ada"}
	made := ports.Actor{Tenant: "default", Subject: "ada", Role: "boss"}
	s := open(t, memstore.New(), 1)
	do(t, s, enroll("ada"), enroll("bob"))
	submit := func(a ports.Action) func(ports.Actor) error {
		return func(by ports.Actor) error {
			return s.Submit(t.Context(), ports.Command{By: by, Actions: []ports.Action{a}})[0].Err
		}
	}
	see := func(learner domain.LearnerID) func(ports.Actor) error {
		return func(by ports.Actor) error { _, err := s.Standing(t.Context(), by, course, learner); return err }
	}
	type may map[ports.Actor]bool
	for _, c := range []struct {
		what string
		do   func(ports.Actor) error
		may  may
	}{
		{"enroll herself", submit(enroll("ada")), may{ada: true, partner: true, staff: true}},
		{"enroll another", submit(enroll("bob")), may{partner: true, staff: true}},
		{"withdraw herself", submit(withdraw("ada")), may{ada: true, staff: true}},
		{"withdraw another", submit(withdraw("bob")), may{staff: true}},
		{"put a course", submit(seats(1)), may{staff: true}},
		{"see her standing", see("ada"), may{ada: true, staff: true}},
		{"see another's", see("bob"), may{staff: true}},
		{"see a course", func(by ports.Actor) error { _, err := s.Course(t.Context(), by, course); return err },
			may{ada: true, partner: true, staff: true}},
		{"see courses", func(by ports.Actor) error {
			_, err := s.Courses(t.Context(), by, ports.CoursePage{Limit: 1})
			return err
		}, may{ada: true, partner: true, staff: true}},
		{"list a course", func(by ports.Actor) error {
			_, err := s.Standings(t.Context(), by, course, ports.StandingPage{Limit: 1})
			return err
		}, may{staff: true}},
		{"check", func(by ports.Actor) error { _, err := s.Check(t.Context(), by, course); return err }, may{staff: true}},
	} {
		for _, by := range []ports.Actor{ada, partner, staff} {
			if err := c.do(by); errors.Is(err, ports.ErrForbidden) == c.may[by] || c.may[by] && err != nil {
				t.Errorf("%s %s: %v, may is %t", by.Role, c.what, err, c.may[by])
			}
		}
		for _, by := range []ports.Actor{nobody, made} {
			if err := c.do(by); !errors.Is(err, ports.ErrUnauthenticated) {
				t.Errorf("role %q %s: %v, want %v", by.Role, c.what, err, ports.ErrUnauthenticated)
			}
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 1)
	before, err := s.Course(t.Context(), staff, course)
	if err != nil {
		t.Fatal(err)
	}
	as := func(by ports.Actor, key string, actions ...ports.Action) ports.Command {
		return ports.Command{By: by, Key: key, Actions: actions}
	}
	for _, c := range []struct {
		field   string
		command ports.Command
	}{
		{"actions", as(staff, "")},
		{"actions", as(staff, "", make([]ports.Action, ports.MaxActions+1)...)},
		{"learnerId", as(staff, "", enroll(""))},
		{"learnerId", as(staff, "", enroll("a\x00b"))},
		{"learnerId", as(staff, "", enroll("ada"), withdraw("\xff"))},
		{"courseId", as(staff, "", ports.Enroll{Course: "go 101", Learner: "ada"})},
		{"courseId", as(staff, "", ports.PutCourse{})},
		{"capacity", as(staff, "", seats(-1))},
		{"capacity", as(staff, "", seats(domain.MaxCapacity+1))},
		{"title", as(staff, "", ports.PutCourse{Course: course, Settings: domain.Settings{Title: new("")}})},
		{"title", as(staff, "", ports.PutCourse{Course: course, Settings: domain.Settings{Title: new(strings.Repeat("t", 201))}})},
		{"key", as(staff, strings.Repeat("k", 513), enroll("ada"))},
		{"key", as(staff, "a\nb", enroll("ada"))},
		{"correlationId", ports.Command{By: staff, Correlation: "a\x00", Actions: []ports.Action{enroll("ada")}}},
		{"tenant", as(ports.Actor{Subject: "me", Role: ports.Staff}, "", enroll("ada"))},
		{"subject", as(ports.Actor{Tenant: "default", Role: ports.Staff}, "", enroll("ada"))},
	} {
		r := s.Submit(t.Context(), c.command)[0]
		violation, ok := errors.AsType[*domain.Violation](r.Err)
		if !ok || violation.Field != c.field || !errors.Is(r.Err, domain.ErrInvalidArgument) || r.Outcomes != nil {
			t.Errorf("want a violation of %s, got %+v", c.field, r)
		}
	}
	if r := s.Submit(t.Context(), as(staff, "", nil)); !errors.Is(r[0].Err, ports.ErrInternal) {
		t.Errorf("no action at all: %v", r[0].Err)
	}
	if after, _ := s.Course(t.Context(), staff, course); after != before {
		t.Errorf("course is %+v, was %+v", after, before)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 1)
	send := func(by ports.Actor, key string, actions ...ports.Action) ports.Reply {
		return s.Submit(t.Context(), ports.Command{By: by, Key: key, Actions: actions})[0]
	}
	first := send(staff, "k", enroll("ada"))
	if first.Err != nil || first.Replayed {
		t.Fatalf("first: %+v", first)
	}
	send(staff, "", withdraw("ada"))
	again := send(staff, "k", enroll("ada"))
	if !again.Replayed || !reflect.DeepEqual(again.Outcomes, first.Outcomes) {
		t.Errorf("again: %+v, want a replay of %+v", again, first)
	}
	for _, other := range []ports.Action{enroll("bob"), withdraw("ada"), ports.Enroll{Course: "other", Learner: "ada"}, seats(1)} {
		if r := send(staff, "k", other); !errors.Is(r.Err, ports.ErrKeyReused) {
			t.Errorf("%+v under the key: %+v, want %v", other, r, ports.ErrKeyReused)
		}
	}
	colleague := staff
	colleague.Subject = "colleague"
	if r := send(colleague, "k", enroll("bob")); r.Err != nil || r.Replayed {
		t.Errorf("a colleague's own key: %+v", r)
	}

	refused := send(staff, "no", enroll("bob"))
	send(staff, "", withdraw("bob"))
	if r := send(staff, "no", enroll("bob")); !r.Replayed || r.Outcomes[0].Refused != refused.Outcomes[0].Refused {
		t.Errorf("a rejection came back as %+v, want %+v", r, refused)
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
		t.Errorf("a key that was only used for what is forbidden: %+v", r)
	}
	mustCheck(t, s)
}

func TestPreconditions(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 1)
	do(t, s, enroll("ada"), enroll("bob"))
	put := func(revision int64, capacity int) ports.Outcome {
		return do(t, s, ports.PutCourse{Course: course, Settings: domain.Settings{Capacity: &capacity}, IfRevision: revision})[0]
	}
	if o := put(1, 2); o.Refused != "" || o.Course.Revision != 4 || len(o.Promoted) != 1 {
		t.Errorf("with the right revision: %+v", o)
	}
	if o := put(1, 3); o.Refused != ports.ErrPreconditionFailed || o.Course.Capacity != 2 {
		t.Errorf("with an old revision: %+v", o)
	}
	mustCheck(t, s)
}

// One transaction promotes at most a thousand; Submit goes on until nobody waits for a free seat.
func TestServesALongLine(t *testing.T) {
	t.Parallel()
	const waiting, grown = 3500, 2600
	watched := &largest{Store: memstore.New()}
	s := open(t, watched, 0)
	for from := 0; from < waiting; from += 500 {
		var actions []ports.Action
		for i := range 500 {
			actions = append(actions, enroll(domain.LearnerID(fmt.Sprint("l", from+i))))
		}
		do(t, s, actions...)
	}
	o := do(t, s, seats(grown))[0]
	if len(o.Promoted) != 1000 {
		t.Errorf("the put's own transaction promoted %d, want 1000", len(o.Promoted))
	}
	c, err := s.Course(t.Context(), staff, course)
	if err != nil || c.SeatsTaken != grown || c.WaitlistLength != waiting-grown {
		t.Errorf("course is %+v, %v; want %d seats taken", c, err, grown)
	}
	if watched.promoted != 1000 {
		t.Errorf("a transaction promoted %d, want at most 1000", watched.promoted)
	}
	mustCheck(t, s)
}

// largest watches how many one transaction promoted.
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

// A crash, or a commit that failed, between two of these transactions leaves the course behind; the next change goes on.
func TestGoesOnWithALineLeftBehind(t *testing.T) {
	t.Parallel()
	commits, fails := 0, false
	s := open(t, memstore.New(memstore.WithCommit(func() error {
		if commits++; fails && commits > 1 {
			return errors.New("power cut")
		}
		return nil
	})), 0)
	var actions []ports.Action
	for i := range 1024 {
		actions = append(actions, enroll(domain.LearnerID(fmt.Sprint("l", i))))
	}
	do(t, s, actions...)
	commits, fails = 0, true
	do(t, s, seats(2000))
	if c, _ := s.Course(t.Context(), staff, course); !c.Behind() {
		t.Fatalf("course is %+v, want it left behind", c)
	}
	fails = false
	if o := do(t, s, enroll("late"))[0]; o.Standing.Status != domain.Waitlisted {
		t.Errorf("the newcomer is %+v, want him behind those who wait", o.Standing)
	}
	if c, _ := s.Course(t.Context(), staff, course); c.SeatsTaken != 1025 || c.WaitlistLength != 0 {
		t.Errorf("course is %+v, want all seated", c)
	}
	mustCheck(t, s)
}

// However commands are cut into batches, and however often a store begins again, the journal is the same.
func TestBatchesDecideAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		script := rapid.SliceOfN(rapid.Custom(anAction), 1, 60).Draw(t, "script")
		journalOf := func(store ports.Store, cut func() int) string {
			s := application.New(store, application.WithClock(stopped{}), application.WithIDs(stopped{}))
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
		return ports.PutCourse{Course: course, Settings: domain.Settings{Waitlist: new(rapid.Bool().Draw(t, "waitlist"))}}
	}
	return seats(rapid.IntRange(0, 3).Draw(t, "seats"))
}

// stopped is a clock and a source of ids where nothing ever changes.
type stopped struct{}

func (stopped) Now() time.Time { return time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC) }
func (stopped) New() string    { return "id" }

func TestFailures(t *testing.T) {
	t.Parallel()
	var fails error
	s := open(t, memstore.New(memstore.WithCommit(func() error { return fails })), 1)
	fails = errors.New("disk full")
	keyed := ports.Command{By: staff, Key: "k", Actions: []ports.Action{enroll("ada")}}
	if r := s.Submit(t.Context(), keyed)[0]; !errors.Is(r.Err, ports.ErrUnavailable) || r.Outcomes != nil {
		t.Errorf("a failed commit: %+v, want %v", r, ports.ErrUnavailable)
	}
	fails = nil
	if r := s.Submit(t.Context(), keyed)[0]; r.Err != nil || r.Replayed {
		t.Errorf("again under the key: %+v, want it run", r)
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
	mustCheck(t, s)
}

func TestCheckFindsEachDrift(t *testing.T) {
	t.Parallel()
	spoiled := func(spoil func(*ports.Changes)) *application.Service {
		store := memstore.New()
		s := open(t, store, 1)
		do(t, s, enroll("ada"), enroll("bob"), enroll("cyd"))
		mustCheck(t, s)
		need := ports.Need{Tenant: staff.Tenant, Courses: []ports.NeedCourse{{ID: course, Learners: []domain.LearnerID{"bob"}}}}
		if err := store.Update(t.Context(), need, func(l ports.Loaded) (c ports.Changes, _ error) {
			c.Courses = []domain.Course{l.Rosters[0].Course}
			c.Standings = []domain.Standing{l.Rosters[0].Standing("bob")}
			spoil(&c)
			return c, nil
		}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		drift string
		spoil func(*ports.Changes)
		says  string
	}{
		{"a counter", func(c *ports.Changes) { c.Courses[0].SeatsTaken++ }, "SeatsTaken:2"},
		{"a sequence", func(c *ports.Changes) { c.Courses[0].Sequence++ }, "Sequence:5"},
		{"a standing", func(c *ports.Changes) { c.Standings[0].Status = domain.Enrolled }, "enrolled"},
		{"an enrollment", func(c *ports.Changes) { c.Standings[0].Enrollment = "other" }, "other"},
		{"a place in line", func(c *ports.Changes) { c.Standings[0].Sequence = 9 }, "Sequence:9"},
		{"a learner too many", func(c *ports.Changes) {
			c.Standings = append(c.Standings, domain.Standing{Course: course, Learner: "zoe", Status: domain.Withdrawn, Sequence: 9})
		}, "zoe"},
		{"an event too many", func(c *ports.Changes) {
			e := domain.Event{Type: domain.LearnerWithdrawn, Course: course, Sequence: 5, Learner: "zoe"}
			c.Journal = []ports.Entry{{Event: e}}
		}, "did not hold that"},
		{"a gap", func(c *ports.Changes) {
			c.Journal = []ports.Entry{{Event: domain.Event{Type: domain.CourseClosed, Course: course, Sequence: 6}}}
		}, "follows event 4"},
	} {
		report, err := spoiled(c.spoil).Check(t.Context(), staff, course)
		if err != nil || !strings.Contains(fmt.Sprint(report.Differences), c.says) {
			t.Errorf("%s: %+v, %v; want %q in it", c.drift, report, err, c.says)
		}
	}
	s := application.New(memstore.New())
	if _, err := s.Check(t.Context(), staff, "none"); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("a course that is not there: %v", err)
	}
	if report, err := s.Check(t.Context(), staff, ""); err != nil || report.Courses != 0 {
		t.Errorf("no courses: %+v, %v", report, err)
	}
}

func TestSystemClockAndIDs(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	s := application.New(store)
	before := time.Now().UTC().Truncate(time.Microsecond)
	var actions []ports.Action
	for i := range 1000 {
		actions = append(actions, enroll(domain.LearnerID(fmt.Sprint(i))))
	}
	do(t, s, seats(1))
	do(t, s, actions...)
	v7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for e := range store.Journal(t.Context(), staff.Tenant, course, 0) {
		if !v7.MatchString(e.ID) || !v7.MatchString(e.Correlation) || seen[e.ID] {
			t.Fatalf("entry %+v: want fresh UUIDs of version 7", e)
		}
		seen[e.ID] = true
		if e.At.Before(before) || e.At.After(time.Now()) || e.At.Location() != time.UTC || e.At.Nanosecond()%1000 != 0 {
			t.Fatalf("at %v, want UTC in whole microseconds between %v and now", e.At, before)
		}
		var ms int64
		if _, err := fmt.Sscanf(strings.ReplaceAll(e.ID[:13], "-", ""), "%x", &ms); err != nil || ms < before.UnixMilli() || ms > time.Now().UnixMilli() {
			t.Fatalf("the id %s is of millisecond %d, %v", e.ID, ms, err)
		}
	}
}
