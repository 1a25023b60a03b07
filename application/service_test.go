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
	s := application.New(strict{t, store}, application.WithClock(new(ticks)), application.WithIDs(new(count)))
	do(t, s, seats(n))
	return s
}

// strict fails the test where the application breaks its side of the contract of [ports.Store].
type strict struct {
	testing.TB
	ports.Store
}

func (s strict) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	unique := func(what string, n int, name func(int) string) {
		for i := 1; i < n; i++ {
			if name(i) <= name(i-1) {
				s.Errorf("need names %s %q after %q", what, name(i), name(i-1))
			}
		}
	}
	unique("course", len(need.Courses), func(i int) string { return string(need.Courses[i].ID) })
	for _, c := range need.Courses {
		unique("learner", len(c.Learners), func(i int) string { return string(c.Learners[i]) })
	}
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		changes, err := decide(l)
		last := make(map[domain.CourseID]int64)
		seen := make(map[domain.Standing]bool)
		for _, standing := range changes.Standings {
			who := domain.Standing{Course: standing.Course, Learner: standing.Learner}
			if seen[who] || standing.Sequence <= last[standing.Course] {
				s.Errorf("changes have %+v twice, or out of order", standing)
			}
			seen[who], last[standing.Course] = true, standing.Sequence
		}
		return changes, err
	})
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
	report, err := s.VerifyJournal(t.Context(), staff, "")
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
		{"check", func(by ports.Actor) error { _, err := s.VerifyJournal(t.Context(), by, course); return err }, may{staff: true}},
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

// Commands of one Submit may be of several tenants, and more than one transaction takes.
func TestSubmitMany(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 1)
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
	mustCheck(t, s)
}

// One command may go back and forth on courses in any order.
func TestBackAndForth(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 1)
	on := func(id domain.CourseID) ports.Action {
		return ports.PutCourse{Course: id, Settings: domain.Settings{Title: new("T"), Capacity: new(1)}}
	}
	do(t, s, on("z"), on("a"), ports.Enroll{Course: "z", Learner: "ada"}, on("m"), ports.Enroll{Course: "a", Learner: "ada"},
		enroll("ada"), withdraw("ada"), enroll("bob"), enroll("ada"), withdraw("bob"))
	if p, err := s.Standing(t.Context(), staff, course, "ada"); err != nil || p.Status != domain.Enrolled || p.Sequence != 7 {
		t.Errorf("ada is %+v, %v", p, err)
	}
	mustCheck(t, s)
}

// Each withdrawal of a batch tells whom it promoted.
func TestEachWithdrawalPromotes(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New(), 2)
	do(t, s, enroll("ada"), enroll("bob"), enroll("cyd"), enroll("dan"))
	for i, o := range do(t, s, withdraw("ada"), withdraw("bob")) {
		if len(o.Promoted) != 1 || o.Promoted[0].Learner != []domain.LearnerID{"cyd", "dan"}[i] {
			t.Errorf("withdrawal %d promoted %+v", i, o.Promoted)
		}
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
	if c, _ := s.Course(t.Context(), staff, course); !c.NeedsPromotion() {
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
		return ports.PutCourse{Course: course, Settings: domain.Settings{WaitlistEnabled: new(rapid.Bool().Draw(t, "waitlist"))}}
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
		}, "did not have the standing"},
		{"a gap", func(c *ports.Changes) {
			c.Journal = []ports.Entry{{Event: domain.Event{Type: domain.CourseClosed, Course: course, Sequence: 6}}}
		}, "must be event 5"},
	} {
		report, err := spoiled(c.spoil).VerifyJournal(t.Context(), staff, course)
		if err != nil || !strings.Contains(fmt.Sprint(report.Differences), c.says) {
			t.Errorf("%s: %+v, %v; want %q in it", c.drift, report, err, c.says)
		}
	}
	for says, spoil := range map[string]func([]ports.RankedStanding) []ports.RankedStanding{
		"2 standings, the journal says 3": func(page []ports.RankedStanding) []ports.RankedStanding { return page[1:] },
		"standing is": func(page []ports.RankedStanding) []ports.RankedStanding {
			page[0], page[1] = page[1], page[0]
			return page
		},
	} {
		store := memstore.New()
		do(t, open(t, store, 3), enroll("ada"), enroll("bob"), enroll("cyd"))
		report, err := application.New(misread{store, spoil}).VerifyJournal(t.Context(), staff, course)
		if err != nil || !strings.Contains(fmt.Sprint(report.Differences), says) {
			t.Errorf("%+v, %v; want %q in it", report, err, says)
		}
	}
	s := application.New(memstore.New())
	if _, err := s.VerifyJournal(t.Context(), staff, "none"); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("a course that is not there: %v", err)
	}
	if report, err := s.VerifyJournal(t.Context(), staff, ""); err != nil || report.Courses != 0 {
		t.Errorf("no courses: %+v, %v", report, err)
	}
}

// misread spoils the pages of standings that a snapshot gives.
type misread struct {
	ports.Store
	spoil func([]ports.RankedStanding) []ports.RankedStanding
}

func (m misread) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return m.Store.Snapshot(ctx, tenant, func(r ports.Reader) error { return read(misreader{r, m.spoil}) })
}

type misreader struct {
	ports.Reader
	spoil func([]ports.RankedStanding) []ports.RankedStanding
}

func (m misreader) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := m.Reader.Standings(ctx, t, c, p)
	return m.spoil(page), err
}

func TestUpkeep(t *testing.T) {
	t.Parallel()
	clock := new(ticks)
	store := memstore.New()
	s := application.New(store, application.WithClock(clock))
	do(t, s, seats(1))
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	send := func(by ports.Actor, key string, a ports.Action) ports.Reply {
		return s.Submit(t.Context(), ports.Command{By: by, Key: key, Actions: []ports.Action{a}})[0]
	}
	send(ada, "mine", enroll("ada"))
	send(staff, "theirs", enroll("bob"))
	if _, err := s.Forget(t.Context(), ada, "ada"); !errors.Is(err, ports.ErrForbidden) {
		t.Errorf("a learner forgets: %v, want %v", err, ports.ErrForbidden)
	}
	done, err := s.Forget(t.Context(), staff, "ada")
	if err != nil || done != (ports.Forgotten{Standings: 1, Events: 1, Replies: 1}) {
		t.Errorf("forgotten: %+v, %v", done, err)
	}
	if _, err := s.Standing(t.Context(), staff, course, "ada"); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("ada is still known: %v", err)
	}
	if c, _ := s.Course(t.Context(), staff, course); c.SeatsTaken != 1 || c.WaitlistLength != 1 {
		t.Errorf("course is %+v, want the counts as they were", c)
	}
	mustCheck(t, s)

	if n, err := s.Expire(t.Context()); n != 0 || err != nil {
		t.Errorf("at once %d replies expired, %v", n, err)
	}
	clock.n += 24 * time.Hour / time.Second
	if r := send(staff, "theirs", enroll("bob")); !r.Replayed {
		t.Errorf("after a day: %+v, want a replay", r)
	}
	clock.n += 24 * time.Hour / time.Second
	if n, err := s.Expire(t.Context()); n != 1 || err != nil {
		t.Errorf("after two days %d replies expired, %v; want 1", n, err)
	}
	if r := send(staff, "theirs", enroll("cyd")); r.Replayed || r.Err != nil {
		t.Errorf("the key is not free: %+v", r)
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
