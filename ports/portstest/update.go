package portstest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var updateCases = []Case[Open]{
	{"nothing stored", "one whose course does not exist has Sequence 0 … one that does not exist has an empty Fingerprint", nothingStored},
	{"loads the need", "Loaded answers a Need position by position.", loadsTheNeed},
	{"loads more", "More loads a larger need in place of the first: of the same tenant and courses, with more learners, longer waitlists or more keys.", loadsMore},
	{"saves all", "When Update returns nil, the changes must be saved and visible to every later read.", savesAll},
	{"saves no changes", "If there are none, it saves nothing.", savesNoChanges},
	{"decide run twice", "decide may run more than once, each time on values that are loaded again, and only its last run counts", decideRunTwice},
	{"aliasing", "It may change the rosters; that must affect nothing but the rosters. … The caller may keep and change what it returns.", aliasing},
	{"hot course", "MaxActions is how many actions one command, and one transaction, may have.", hotBatch},
	{"time precision", "Times must come back as they were, to the microsecond and in UTC", timePrecision},
	{"text unchanged", "and text byte for byte", textUnchanged},
	{"unusual courses", "and text byte for byte", unusualCourses},
}

func nothingStored(t testing.TB, open Open) {
	f := newFixture(t, open)
	need := f.needs("c", 10, "ada")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		if r := loaded.Rosters[0]; r.Course != (domain.Course{ID: "c"}) || r.Known() != 0 {
			t.Errorf("loaded %+v, want no course", r.Course)
		}
		if k := loaded.Replies[0]; k.Fingerprint != "" {
			t.Errorf("loaded reply %+v, want none", k)
		}
		return ports.Changes{}, nil
	}))
	if _, err := f.store.Course(f.ctx(), tenant, "c"); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("Course: %v, want %v", err, domain.ErrCourseNotFound)
	}
	if _, err := f.store.Standing(f.ctx(), tenant, "c", "ada"); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("Standing: %v, want %v", err, domain.ErrNotEnrolled)
	}
	if page, err := f.store.Standings(f.ctx(), tenant, "c", ports.StandingPage{Limit: 1}); err != nil || len(page) != 0 {
		t.Errorf("Standings: %v, %v, want none", page, err)
	}
	if page, err := f.store.Courses(f.ctx(), tenant, ports.CoursePage{Limit: 1}); err != nil || len(page) != 0 {
		t.Errorf("Courses: %v, %v, want none", page, err)
	}
	if entries := f.journal("c", 0); len(entries) != 0 {
		t.Errorf("Journal: %v, want none", entries)
	}
}

func loadsTheNeed(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("a", 1)
	f.put("b", 1)
	f.enroll("a", "ada", "bob", "cyd", "dan")
	f.enroll("b", "ada", "eve", "fay")
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{
		{ID: "a", Learners: []domain.LearnerID{"ada", "unknown"}, FirstWaiting: 2},
		{ID: "aa"},
		{ID: "b", Learners: []domain.LearnerID{"ada", "eve"}},
	}}
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		a, none, b := loaded.Rosters[0], loaded.Rosters[1], loaded.Rosters[2]
		if a.Course != f.course("a") || none.Course.Exists() || none.Course.ID != "aa" || b.Course != f.course("b") {
			t.Errorf("loaded courses %+v, %+v, %+v", a.Course, none.Course, b.Course)
		}
		if a.Standing("ada").Status != domain.Enrolled || a.Standing("unknown").Status != domain.None {
			t.Errorf("on a: ada is %+v, unknown is %+v", a.Standing("ada"), a.Standing("unknown"))
		}
		if b.Standing("ada").Status != domain.Enrolled || b.Standing("eve").Status != domain.Waitlisted {
			t.Errorf("on b: ada is %+v, eve is %+v", b.Standing("ada"), b.Standing("eve"))
		}
		if known := a.Known(); known != 3 { // ada, and bob and cyd as the first two on the waitlist
			t.Errorf("a has %d standings, want ada and the first two on the waitlist", known)
		}
		if known := b.Known(); known != 2 {
			t.Errorf("b has %d standings, want ada and eve, and none of the waitlist", known)
		}
		more := 3
		decided, err := a.Put(domain.Settings{Capacity: &more}, f.at)
		f.must(err)
		if n := len(decided.Events); n != 3 || decided.Events[1].Learner != "bob" || decided.Events[2].Learner != "cyd" {
			t.Errorf("two new seats led to %+v, want bob and then cyd promoted", decided.Events)
		}
		return ports.Changes{}, nil
	}))
}

func loadsMore(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("a", 1)
	f.put("b", 1)
	f.enroll("a", "ada", "bob", "cyd", "dan")
	k := f.record("k", "f")
	f.must(f.store.Update(f.ctx(), ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{k.IdempotencyKey}}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{k}}, nil
	}))
	first := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "a", Learners: []domain.LearnerID{"eve"}}, {ID: "b"}}}
	larger := ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{k.IdempotencyKey}, Courses: []ports.NeedCourse{
		{ID: "a", Learners: []domain.LearnerID{"ada", "dan", "eve"}, FirstWaiting: 1}, {ID: "b", Learners: []domain.LearnerID{"fay"}},
	}}
	here := true
	f.must(f.store.Update(f.ctx(), first, func(loaded ports.Loaded) (ports.Changes, error) {
		if here = loaded.More != nil; !here {
			return ports.Changes{}, nil
		}
		_, err := loaded.Rosters[0].Enroll("eve", newEnrollment(), false, f.at) // without effect: More replaces this roster
		f.must(err)
		more, err := loaded.More(larger)
		f.must(err)
		a, b := more.Rosters[0], more.Rosters[1]
		if a.Course != f.course("a") || b.Course != f.course("b") || more.Replies[0].Fingerprint != k.Fingerprint {
			t.Errorf("loaded courses %+v, %+v, reply %+v", a.Course, b.Course, more.Replies[0])
		}
		if a.Standing("ada").Status != domain.Enrolled || a.Standing("dan").Status != domain.Waitlisted || a.Standing("eve").Status != domain.None {
			t.Errorf("on a: ada is %+v, dan is %+v, eve is %+v", a.Standing("ada"), a.Standing("dan"), a.Standing("eve"))
		}
		_, err = a.Withdraw("ada", "", f.at)
		f.must(err)
		_, err = a.Withdraw("dan", "", f.at)
		f.must(err)
		_, err = b.Enroll("fay", newEnrollment(), false, f.at)
		f.must(err)
		return changesOf(a, b), nil
	}))
	if here {
		f.waitlistIs("a", "cyd")
		if c := f.course("b"); c.SeatsTaken != 1 {
			t.Errorf("b is %+v, want a seat taken", c)
		}
	}
	f.audit("a")
	f.audit("b")
}

func savesAll(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 2)
	f.enroll("c", "ada", "bob", "cyd", "dan", "eve")
	f.waitlistIs("c", "cyd", "dan", "eve")
	f.withdraw("c", "ada") // cyd is promoted
	f.withdraw("c", "dan") // from the middle of the waitlist
	f.enroll("c", "ada")   // again, at the end
	f.waitlistIs("c", "eve", "ada")
	f.audit("c")

	no, title := false, "Closed"
	f.must(f.change(f.needs("c", 1000), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Open: &no, WaitlistEnabled: &no}, f.at)
		f.must(err)
	}))
	c := f.course("c")
	want := domain.Course{ID: "c", Terms: domain.Terms{Title: "Closed", Capacity: 2}, SeatsTaken: 2, WaitlistLength: 2,
		Sequence: 11, Revision: 11}
	if c != want {
		t.Errorf("course is %+v, want %+v", c, want)
	}
	f.audit("c")
}

func savesNoChanges(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	before := f.course("c")
	f.must(f.change(f.needs("c", 10, "ada"), func(*domain.Roster) {}))
	f.must(f.store.Update(f.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{}, nil }))
	if c := f.course("c"); c != before {
		t.Errorf("course is %+v, was %+v", c, before)
	}
	f.audit("c")
}

func decideRunTwice(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.store = Twice(f.store)
	f.put("c", 1)
	f.enroll("c", "ada", "bob")
	f.withdraw("c", "ada")
	f.waitlistIs("c")
	if c := f.course("c"); c.Sequence != 5 || c.SeatsTaken != 1 {
		t.Errorf("course is %+v, want 5 changes and one seat taken", c)
	}
	f.audit("c")
}

// Twice returns a store that runs every decide twice and saves the result of the second run, as a store does after a conflict.
func Twice(store ports.Store) ports.Store { return twice{store} }

type twice struct{ ports.Store }

func (s twice) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	retry := errors.New("retry")
	err := s.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		if _, err := decide(loaded); err != nil {
			return ports.Changes{}, err
		}
		return ports.Changes{}, retry
	})
	if !errors.Is(err, retry) {
		return err
	}
	return s.Store.Update(ctx, need, decide)
}

func aliasing(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	var loadedRoster *domain.Roster
	var saved ports.Changes
	need := f.needs("c", 5, "ada", "bob")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		loadedRoster = loaded.Rosters[0]
		for _, l := range []domain.LearnerID{"ada", "bob", "cyd"} {
			_, err := loadedRoster.Enroll(l, newEnrollment(), false, f.at)
			f.must(err)
		}
		saved = changesOf(loadedRoster)
		saved.Replies = []ports.IdempotencyRecord{f.record("k", "f", ports.Outcome{Position: 1, Promoted: []domain.Standing{{Learner: "eve"}}})}
		return saved, nil
	}))
	before := f.course("c")

	// Change all arguments and all results.
	_, err := loadedRoster.Withdraw("ada", "", f.at)
	f.must(err)
	spoil := func(c ports.Changes) {
		c.Courses[0].SeatsTaken = 99
		c.Journal[0].Type, c.Journal[0].Sequence = domain.CourseClosed, 99
		for i := range c.Standings {
			c.Standings[i].Status = domain.Withdrawn
		}
	}
	spoil(saved)
	spoilRecord := func(k ports.IdempotencyRecord) {
		k.Outcomes[0].Position = 99
		k.Outcomes[0].Promoted[0].Learner = "spoiled"
	}
	spoilRecord(saved.Replies[0])
	read := func() ([]ports.RankedStanding, []domain.Course) {
		standings, err := f.store.Standings(f.ctx(), tenant, "c", ports.StandingPage{Limit: 5})
		f.must(err)
		courses, err := f.store.Courses(f.ctx(), tenant, ports.CoursePage{Limit: 5})
		f.must(err)
		return standings, courses
	}
	standings, courses := read()
	wantStandings, wantCourses := slices.Clone(standings), slices.Clone(courses)
	for i := range standings {
		standings[i].Status = domain.Withdrawn
	}
	for i := range courses {
		courses[i].SeatsTaken = 99
	}
	if s, c := read(); !slices.EqualFunc(s, wantStandings, sameRanked) || !slices.Equal(c, wantCourses) {
		t.Errorf("what a caller has changed in its pages is in the next ones: %+v, %+v", s, c)
	}
	for range 2 {
		f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			if k := loaded.Replies[0]; len(k.Outcomes) != 1 || k.Outcomes[0].Position != 1 || k.Outcomes[0].Promoted[0].Learner != "eve" {
				t.Fatalf("the saved reply is %+v", k)
			}
			spoilRecord(loaded.Replies[0])
			_, err := loaded.Rosters[0].Withdraw("bob", "", f.at)
			f.must(err)
			return ports.Changes{}, nil
		}))
	}
	if c := f.course("c"); c != before {
		t.Errorf("course is %+v, want %+v", c, before)
	}
	f.waitlistIs("c", "bob", "cyd")
	f.audit("c")
}

func hotBatch(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 400)
	all := learners(1000)
	f.enroll("c", all...)
	f.waitlistIs("c", all[400:]...)
	f.withdraw("c", all[:1000]...) // each promotes the next, until the course is empty
	c := f.course("c")
	if c.SeatsTaken != 0 || c.WaitlistLength != 0 || c.Sequence < 2001 {
		t.Errorf("course is %+v, want it empty", c)
	}
	f.enroll("c", all...)
	f.audit("c")
}

func timePrecision(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 0)
	times := []time.Time{
		time.Date(2026, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 29, 1, 30, 0, 1000, time.UTC), // an hour that daylight saving time skips
		time.Date(2026, 10, 25, 0, 30, 0, 100000, time.UTC),
	}
	for i, l := range learners(len(times)) {
		f.at = times[i]
		f.enroll("c", l)
	}
	for i, s := range f.standings("c", "") {
		if !s.Since.Equal(times[i]) || s.Since.Location() != time.UTC {
			t.Errorf("since is %v, want %v", s.Since, times[i])
		}
	}
	for i, e := range f.journal("c", 1) {
		if !e.At.Equal(times[i]) || e.At.Location() != time.UTC {
			t.Errorf("event at %v, want %v", e.At, times[i])
		}
	}
	f.audit("c")
}

// unusual are ids of learners with what is allowed in them.
var unusual = []domain.LearnerID{
	"ada", "Ada", "ada ", " ada", "%", "_", "a%a", `'; DROP TABLE courses; --`, `\`, `\'`, `"quoted"`, "NULL", "0", "00", "1e3",
	"$1", "?", "?0", "{}", "[]", "é", "e\u0301", "\u202e", "😀", "ﬁ", "null", "true", "a/b", "a,b", "-", "--",
	domain.LearnerID(make255()),
}

func textUnchanged(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 3)
	f.enroll("c", unusual...)
	f.waitlistIs("c", unusual[3:]...)
	for _, l := range unusual {
		if s, err := f.store.Standing(f.ctx(), tenant, "c", l); err != nil || s.Learner != l {
			t.Errorf("standing of %q: %+v, %v", l, s, err)
		}
	}
	title, capacity := `Bobby "Tables" O'Neil; ?0 $1 %s \n 😀`, 3
	f.must(f.change(f.needs("c", 0), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
	}))
	if got := f.course("c").Title; got != title {
		t.Errorf("title is %q, want %q", got, title)
	}
	f.audit("c")
}

func make255() string {
	b := make([]byte, 255)
	for i := range b {
		b[i] = "abcdefghij"[i%10]
	}
	return string(b)
}
