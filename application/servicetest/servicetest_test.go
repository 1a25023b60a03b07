package servicetest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The service keeps each rule of docs/rules.md, in the notation of that document.
func TestRulesDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, script := 0, ""
	for line := range strings.Lines(string(document)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			script = ""
		}
		if after, ok := strings.CutPrefix(line, "After `"); ok {
			script = strings.TrimSuffix(after, "`:")
		}
		columns := strings.Split(line, " | ")
		if len(columns) != 4 || !strings.HasPrefix(line, "| `") {
			continue
		}
		rules++
		command, refused, standing, events := strings.Trim(columns[0], "| `"), columns[1], columns[2], strings.Trim(columns[3], " |")
		roster := servicetest.New(t)
		if script != "" {
			roster.Given(script)
		}
		before := len(roster.Events())
		o, words := ports.Outcome{}, strings.Fields(command)
		switch {
		case words[0] == "rename":
			_, err := roster.Rename(t.Context(), servicetest.Staff, domain.LearnerID(words[1]), domain.LearnerID(words[2]))
			if o.Refused = ports.KindOf(err); o.Refused == ports.ErrNotFound {
				o.Refused = domain.ErrNotEnrolled // on no course at all
			}
			ranked, _ := roster.Standing(t.Context(), servicetest.Staff, servicetest.Course, domain.LearnerID(words[2]))
			o.Standing = ranked.Standing
		case words[0] == "withdraw" && len(words) == 3: // the kit's ids are other ones
			ranked, _ := roster.Standing(t.Context(), servicetest.Staff, servicetest.Course, domain.LearnerID(words[1]))
			if words[2] == fmt.Sprint("e", ranked.Sequence) {
				words[2] = string(ranked.Enrollment)
			}
			command = strings.Join(words, " ")
			fallthrough
		default:
			o = roster.When(command).Outcomes[0]
		}
		got := "–"
		if o.Standing.Status != domain.None {
			got = strings.TrimSuffix(fmt.Sprint(o.Standing.Status, " ", o.Position), " 0")
		}
		happened := strings.Join(roster.Events()[before:], ", ")
		if string(o.Refused) != refused || got != standing || happened != events {
			t.Errorf("after %q, %q: %q, %q, %q; the rule is %q, %q, %q", script, command, o.Refused, got, happened, refused, standing, events)
		}
	}
	if rules < 50 {
		t.Errorf("read %d rules", rules)
	}
}

// A broken store is like a store, but breaks its contract.
type broken struct {
	ports.Store
	save func(*ports.Changes) bool // changes what is saved; false: nothing is
	read func(ports.Entry) bool    // false: the journal does not have the entry
}

func (b broken) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return b.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		if b.save != nil && !b.save(&c) {
			return ports.Changes{}, err
		}
		return c, err
	})
}

func (b broken) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return b.Store.Snapshot(ctx, tenant, func(r ports.Reader) error { return read(brokenReader{r, b.read}) })
}

type brokenReader struct {
	ports.Reader
	read func(ports.Entry) bool
}

func (b brokenReader) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for e, err := range b.Reader.Journal(ctx, t, c, after) {
			if (b.read == nil || b.read(e)) && !yield(e, err) {
				return
			}
		}
	}
}

// Each fault of a store fails the test at its end, even if the test itself saw nothing.
func TestEndFindsFaults(t *testing.T) {
	t.Parallel()
	withdrawal := func(e ports.Entry) bool { return e.Type == domain.LearnerWithdrawn }
	for name, c := range map[string]struct {
		save func(*ports.Changes) bool
		read func(ports.Entry) bool
		want string // "" if there is no fault
	}{
		"none":                 {},
		"an event is not read": {nil, func(e ports.Entry) bool { return !withdrawal(e) }, "must be event 4"},
		"the last event is not saved": {func(c *ports.Changes) bool {
			c.Journal = slices.DeleteFunc(c.Journal, func(e ports.Entry) bool { return e.Type == domain.LearnerPromoted })
			return true
		}, nil, "the journal says"},
		"a wrong event": {func(c *ports.Changes) bool {
			for i := range c.Journal {
				if withdrawal(c.Journal[i]) {
					c.Journal[i].Learner = "bob"
				}
			}
			return true
		}, nil, "did not have the standing"},
		"a wrong counter": {func(c *ports.Changes) bool { c.Courses[0].SeatsTaken++; return true }, nil, "SeatsTaken:2"},
		"a standing is not saved": {func(c *ports.Changes) bool {
			c.Standings = slices.DeleteFunc(c.Standings, func(s domain.Standing) bool { return s.Status == domain.Withdrawn })
			return true
		}, nil, "the journal says"},
		"a commit is lost": {func(c *ports.Changes) bool { return !slices.ContainsFunc(c.Journal, withdrawal) }, nil,
			"the store has lost a commit: go-101 has 3 changes of 5"},
		"all is lost": {func(*ports.Changes) bool { return false }, nil, "course_not_found"},
	} {
		got := failuresOf(func(t servicetest.TB) {
			roster := servicetest.NewOn(t, broken{memstore.New(), c.save, c.read})
			roster.When("put capacity=1; enroll ada; enroll bob")
			roster.When("withdraw ada")
		})
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: the failures are\n%s\nwant %q", name, got, c.want)
		}
	}
}

// The description of a long course is short, and has its end.
func TestDescription(t *testing.T) {
	t.Parallel()
	got := failuresOf(func(t servicetest.TB) {
		roster := servicetest.New(t)
		roster.Given("put capacity=0")
		for i := range 30 {
			roster.Given(fmt.Sprint("enroll l-", i))
		}
		roster.On("other").Given("put capacity=0; enroll ada")
		t.Errorf("the failure")
	})
	for _, want := range []string{"the failure\n", "30 on the waitlist: l-0 l-1 ", " l-9\n", "last of 31 events: learner.waitlisted l-20, ", "learner.waitlisted l-29",
		"other of default: capacity 0, 0 enrolled, 1 on the waitlist: ada\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"":                             `"rename LEARNER TO" or "put SETTING=VALUE …", got ""`,
		"enrol ada":                    `got "enrol ada"`,
		"enroll":                       `got "enroll"`,
		"withdraw ada bob cyd":         `got "withdraw ada bob cyd"`,
		"enroll ada bob":               `got "enroll ada bob"`,
		"rename ada":                   `got "rename ada"`,
		"rename ada bob":               "a rename is of all courses: call Rename",
		"put capacity=many":            `setting must be title=TEXT, capacity=NUMBER, open=BOOL or waitlist=BOOL, got "capacity=many"`,
		"put open=maybe":               `got "open=maybe"`,
		"put open":                     `got "open"`,
		"put size=3":                   `got "size=3"`,
		"put capacity=-1":              "capacity must be between 0 and",
		"put capacity=1; enroll a; x":  `script "put capacity=1; enroll a; x": command must be`,
		"put capacity=1; withdraw ada": `given "put capacity=1; withdraw ada": command 2: not_enrolled`,
		"put":                          `given "put": command 1: course_not_found`,
	} {
		got := failuresOf(func(t servicetest.TB) { servicetest.New(t).Given(script) })
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s\nwant %s", script, got, want)
		}
	}
	all := "put title=Go capacity=3 open=false waitlist=false"
	roster := servicetest.New(t)
	want := domain.Terms{Title: "Go", Capacity: 3}
	if o := roster.Given(all)[0]; o.Course.Terms != want {
		t.Errorf("%s: %+v, want %+v", all, o.Course.Terms, want)
	}
	roster.Given("put capacity=4; put open=true")
	if c, err := roster.Course(t.Context(), servicetest.Staff, servicetest.Course); err != nil || c.Title != "Go" || c.Revision != 3 {
		t.Errorf("a put without a title: %+v, %v; want the title to stay", c, err)
	}
}

// Planned failures are met in order, one by each commit, and have no other effect.
func TestFailures(t *testing.T) {
	t.Parallel()
	roster := servicetest.New(t)
	roster.Given("put capacity=9")
	conflicts := 0
	roster.Conflict(func() { conflicts++; roster.FailNextCommit() }) // the failure waits for the two that follow
	roster.Conflict(func() { conflicts++ })
	roster.FailNextCommit()
	if r := roster.When("enroll ada"); !errors.Is(r.Err, ports.ErrUnavailable) || conflicts != 2 {
		t.Errorf("%+v after %d conflicts", r, conflicts)
	}
	if r := roster.When("enroll bob"); !errors.Is(r.Err, ports.ErrUnavailable) {
		t.Errorf("%+v, want a failure", r)
	}
	roster.Given("enroll cyd")
	if got := strings.Join(roster.Events(), ", "); got != "course.opened, learner.enrolled cyd" {
		t.Errorf("events are %s", got)
	}
	roster.FailNextCommit()
	roster.When("withdraw bob") // refused, so that nothing is committed
	if r := roster.Submit(t.Context(), ports.Command{By: servicetest.Staff, AllOrNothing: true, Actions: roster.Actions("enroll dan; withdraw bob")})[0]; r.Err != nil {
		t.Errorf("%+v, want a refusal", r)
	}
	if r := roster.When("enroll dan"); !errors.Is(r.Err, ports.ErrUnavailable) {
		t.Errorf("%+v, want the failure", r)
	}
	if r := roster.When("enroll " + strings.Repeat("x", 300)); !errors.Is(r.Err, domain.ErrInvalidArgument) {
		t.Errorf("an invalid command: %+v", r)
	}
}

// A loader is a store whose Loaded has More.
type loader struct {
	ports.Store
	before func() // runs once, before an update
	needs  []ports.Need
}

func (s *loader) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	s.needs = append(s.needs, need)
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		l.More = func(ports.Need) (ports.Loaded, error) { return l, nil }
		return decide(l)
	})
}

// After a conflict the store loads at once what decide had asked for ([ports.Loaded]).
func TestConflictKeepsTheLargerNeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &loader{Store: memstore.New()}
		roster := servicetest.NewOn(t, store)
		roster.Given("put capacity=0")
		batcher := application.NewBatcher(roster.Service, application.BatcherOptions{})
		defer batcher.Close()
		var callers sync.WaitGroup
		enroll := func(learner string) {
			callers.Go(func() {
				command := ports.Command{By: servicetest.Staff, Actions: roster.Actions("enroll " + learner)}
				if _, err := batcher.Submit(t.Context(), command)[0].One(); err != nil {
					t.Errorf("%s: %v", learner, err)
				}
			})
		}
		roster.Conflict(func() {})
		store.before = func() { enroll("bob"); synctest.Wait() } // joins the batch that decides about ada
		enroll("ada")
		callers.Wait()
		last := store.needs[len(store.needs)-1]
		if got := fmt.Sprint(last.Courses[0].Learners); len(store.needs) != 3 || got != "[ada bob]" {
			t.Errorf("after the conflict %s was loaded; all needs: %+v", got, store.needs)
		}
	})
}

// All calls of Together run at once: each waits for all others.
func TestTogether(t *testing.T) {
	t.Parallel()
	const n = 50
	var arrived sync.WaitGroup
	arrived.Add(n)
	for i, got := range servicetest.Together(n, func(i int) int { arrived.Done(); arrived.Wait(); return i * i }) {
		if got != i*i {
			t.Errorf("result %d is %d", i, got)
		}
	}
}

func TestClockAndIDs(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	roster := servicetest.NewOn(t, store)
	roster.Given("put capacity=1")
	roster.Clock.Advance(time.Hour)
	seat := roster.Given("enroll ada")[0].Standing
	ids := []string{}
	for e, err := range store.Journal(t.Context(), "default", servicetest.Course, 0) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Correlation, e.ID)
	}
	if want := []string{"e-1", "e-2", "e-3", "e-5"}; !slices.Equal(ids, want) || seat.Enrollment != "e-4" {
		t.Errorf("ids are %q, and %q of the enrollment", ids, seat.Enrollment)
	}
	if want := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC); seat.Since != want || roster.Clock.Now() != want {
		t.Errorf("enrolled at %v, now it is %v, want %v", seat.Since, roster.Clock.Now(), want)
	}
}

// The service has the optional ports that the store implements, and options replace the parts of the kit.
func TestNewOn(t *testing.T) {
	t.Parallel()
	roster := servicetest.New(t)
	roster.Given("put capacity=1; enroll ada")
	if done, err := roster.Forget(t.Context(), servicetest.Staff, "ada"); err != nil || done.Standings != 1 {
		t.Errorf("forget: %+v, %v", done, err)
	}
	if _, err := roster.ListDeadLetters(t.Context(), servicetest.Staff, ports.DeadLetterPage{Limit: 1}); err != nil {
		t.Error(err)
	}
	bare := servicetest.NewOn(t, broken{Store: memstore.New()}, application.WithIDs(always("x")))
	if _, err := bare.Expire(t.Context()); !errors.Is(err, ports.ErrInternal) {
		t.Errorf("expire on a store without maintenance: %v", err)
	}
	if seat := bare.Given("put capacity=1; enroll ada")[1].Standing; seat.Enrollment != "x" {
		t.Errorf("%+v, want the id of the option", seat)
	}
}

type always string

func (a always) New() string { return string(a) }

// A rapid.T is a TB, too: a fault that the kit finds at the end of an attempt fails that attempt.
func TestRapid(t *testing.T) {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		t.Fatal(err)
	}
	property := func(broke bool) func(*rapid.T) {
		return func(t *rapid.T) {
			roster := servicetest.NewOn(t, broken{memstore.New(), func(*ports.Changes) bool { return !broke }, nil})
			roster.When(fmt.Sprint("put capacity=", rapid.IntRange(0, 9).Draw(t, "capacity")))
		}
	}
	rapid.Check(t, property(false))
	failed := &failing{TB: t}
	rapid.Check(failed, property(true))
	if !strings.Contains(failed.text, "failed after 0 tests: the store has lost a commit") {
		t.Errorf("on a broken store the property failed with %q", failed.text)
	}
}

// failing is a testing.TB that keeps the text of its failures.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Failed() bool                      { return f.text != "" }
func (f *failing) Errorf(format string, args ...any) { f.text += fmt.Sprintf(format, args...) }
func (f *failing) FailNow()                          {}
