package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var updateCases = []Case[Open]{
	{"nothing there", "an unknown course loads as Sequence 0, an unknown reply with an empty Fingerprint", nothingThere},
	{"loads what is needed", "Loaded answers a Need position by position", loadsWhatIsNeeded},
	{"loads more", "More answers a larger need about the same courses in place of the first", loadsMore},
	{"saves all", "when Update returns nil, what was saved is kept and seen by every later read", savesAll},
	{"saves nothing of nothing", "no changes: nothing to save", savesNothingOfNothing},
	{"rollback", "decide's error is returned as it is, and nothing is saved", rollback},
	{"decide run twice", "decide runs each time on values loaded afresh", decideRunTwice},
	{"aliasing", "what decide does to the rosters reaches nobody else; what a Reader returns is the caller's to change", aliasing},
	{"panic in decide", "if decide panics, nothing is saved, and the store goes on", panicInDecide},
	{"cancelled before", "if ctx ends before the save has begun, nothing is saved and the error wraps ErrUnavailable", cancelledBefore},
	{"cancelled in decide", "if ctx ends before the save has begun, nothing is saved and the error wraps ErrUnavailable", cancelledInDecide},
	{"cancelled while waiting", "if ctx ends before the save has begun, nothing is saved and the error wraps ErrUnavailable", cancelledWhileWaiting},
	{"hot batch", "one Update takes a thousand actions on one course", hotBatch},
	{"time precision", "times come back as they were, to the microsecond", timePrecision},
	{"text as it is", "ids and titles come back byte for byte, and differ where a byte differs", textAsItIs},
}

func nothingThere(t testing.TB, open Open) {
	w := newWorld(t, open)
	need := w.needs("c", 10, "ada")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	w.must(w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		if r := loaded.Rosters[0]; r.Course != (domain.Course{ID: "c"}) || r.Known() != 0 {
			t.Errorf("loaded %+v, want no course", r.Course)
		}
		if k := loaded.Replies[0]; k.Fingerprint != "" {
			t.Errorf("loaded reply %+v, want none", k)
		}
		return ports.Changes{}, nil
	}))
	if _, err := w.store.Course(w.ctx(), tenant, "c"); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("Course: %v, want %v", err, domain.ErrCourseNotFound)
	}
	if _, err := w.store.Standing(w.ctx(), tenant, "c", "ada"); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("Standing: %v, want %v", err, domain.ErrNotEnrolled)
	}
	if page, err := w.store.Standings(w.ctx(), tenant, "c", ports.StandingPage{Limit: 1}); err != nil || len(page) != 0 {
		t.Errorf("Standings: %v, %v, want none", page, err)
	}
	if page, err := w.store.Courses(w.ctx(), tenant, ports.CoursePage{Limit: 1}); err != nil || len(page) != 0 {
		t.Errorf("Courses: %v, %v, want none", page, err)
	}
	if entries := w.journal("c", 0); len(entries) != 0 {
		t.Errorf("Journal: %v, want none", entries)
	}
}

func loadsWhatIsNeeded(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("a", 1)
	w.put("b", 1)
	w.enroll("a", "ada", "bob", "cyd", "dan")
	w.enroll("b", "ada", "eve")
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{
		{ID: "a", Learners: []domain.LearnerID{"ada", "nobody"}, FirstWaiting: 2},
		{ID: "aa"},
		{ID: "b", Learners: []domain.LearnerID{"ada", "eve"}},
	}}
	w.must(w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		a, none, b := loaded.Rosters[0], loaded.Rosters[1], loaded.Rosters[2]
		if a.Course != w.course("a") || none.Course.Exists() || none.Course.ID != "aa" || b.Course != w.course("b") {
			t.Errorf("loaded courses %+v, %+v, %+v", a.Course, none.Course, b.Course)
		}
		if a.Standing("ada").Status != domain.Enrolled || a.Standing("nobody").Status != domain.None {
			t.Errorf("on a: ada is %+v, nobody is %+v", a.Standing("ada"), a.Standing("nobody"))
		}
		if b.Standing("ada").Status != domain.Enrolled || b.Standing("eve").Status != domain.Waitlisted {
			t.Errorf("on b: ada is %+v, eve is %+v", b.Standing("ada"), b.Standing("eve"))
		}
		if known := a.Known(); known != 3 { // ada, and bob and cyd as the first two in line
			t.Errorf("a knows %d learners, want ada and the first two in line", known)
		}
		more := 3
		decided, err := a.Put(domain.Settings{Capacity: &more}, w.at)
		w.must(err)
		if n := len(decided.Events); n != 3 || decided.Events[1].Learner != "bob" || decided.Events[2].Learner != "cyd" {
			t.Errorf("two new seats came to %+v, want bob and then cyd promoted", decided.Events)
		}
		return ports.Changes{}, nil
	}))
}

func loadsMore(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("a", 1)
	w.put("b", 1)
	w.enroll("a", "ada", "bob", "cyd", "dan")
	k := w.kept("k", "f")
	w.must(w.store.Update(w.ctx(), ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{k.IdempotencyKey}}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{k}}, nil
	}))
	first := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "a", Learners: []domain.LearnerID{"eve"}}, {ID: "b"}}}
	larger := ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{k.IdempotencyKey}, Courses: []ports.NeedCourse{
		{ID: "a", Learners: []domain.LearnerID{"ada", "dan", "eve"}, FirstWaiting: 1}, {ID: "b", Learners: []domain.LearnerID{"fay"}},
	}}
	here := true
	w.must(w.store.Update(w.ctx(), first, func(loaded ports.Loaded) (ports.Changes, error) {
		if here = loaded.More != nil; !here {
			return ports.Changes{}, nil
		}
		_, err := loaded.Rosters[0].Enroll("eve", newEnrollment(), w.at) // which reaches nobody: it is in place of this
		w.must(err)
		more, err := loaded.More(larger)
		w.must(err)
		a, b := more.Rosters[0], more.Rosters[1]
		if a.Course != w.course("a") || b.Course != w.course("b") || more.Replies[0].Fingerprint != k.Fingerprint {
			t.Errorf("loaded courses %+v, %+v, reply %+v", a.Course, b.Course, more.Replies[0])
		}
		if a.Standing("ada").Status != domain.Enrolled || a.Standing("dan").Status != domain.Waitlisted || a.Standing("eve").Status != domain.None {
			t.Errorf("on a: ada is %+v, dan is %+v, eve is %+v", a.Standing("ada"), a.Standing("dan"), a.Standing("eve"))
		}
		_, err = a.Withdraw("ada", w.at)
		w.must(err)
		_, err = a.Withdraw("dan", w.at)
		w.must(err)
		_, err = b.Enroll("fay", newEnrollment(), w.at)
		w.must(err)
		return changesOf(a, b), nil
	}))
	if here {
		w.lineIs("a", "cyd")
		if c := w.course("b"); c.SeatsTaken != 1 {
			t.Errorf("b is %+v, want a seat taken", c)
		}
	}
	w.audit("a")
	w.audit("b")
}

func savesAll(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 2)
	w.enroll("c", "ada", "bob", "cyd", "dan", "eve")
	w.lineIs("c", "cyd", "dan", "eve")
	w.withdraw("c", "ada") // cyd moves up
	w.withdraw("c", "dan") // out of the middle of the line
	w.enroll("c", "ada")   // again, at the end
	w.lineIs("c", "eve", "ada")
	w.audit("c")

	no, title := false, "Closed"
	w.must(w.change(w.needs("c", 1000), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Open: &no, WaitlistEnabled: &no}, w.at)
		w.must(err)
	}))
	c := w.course("c")
	want := domain.Course{ID: "c", Terms: domain.Terms{Title: "Closed", Capacity: 2}, SeatsTaken: 2, WaitlistLength: 2,
		Sequence: 11, Revision: 11}
	if c != want {
		t.Errorf("course is %+v, want %+v", c, want)
	}
	w.audit("c")
}

func savesNothingOfNothing(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	before := w.course("c")
	w.must(w.change(w.needs("c", 10, "ada"), func(*domain.Roster) {}))
	w.must(w.store.Update(w.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{}, nil }))
	if c := w.course("c"); c != before {
		t.Errorf("course is %+v, was %+v", c, before)
	}
	w.audit("c")
}

func rollback(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	sentinel := errors.New("decided against it")
	w.refused(func(decided ports.Changes) (ports.Changes, error) { return decided, sentinel }, func(err error) {
		if err != sentinel {
			t.Errorf("Update returned %v, want decide's own error", err)
		}
	})
}

// refused runs an Update that changes a course, makes another and keeps a reply, with an end that fails, and requires that
// all is as before.
func (w *world) refused(end func(ports.Changes) (ports.Changes, error), look func(error)) {
	w.Helper()
	w.refusedIn(w.ctx(), end, look)
}

func (w *world) refusedIn(ctx context.Context, end func(ports.Changes) (ports.Changes, error), look func(error)) {
	w.Helper()
	before := w.course("c")
	need := w.needs("c", 10, "ada", "bob")
	need.Courses = append(need.Courses, ports.NeedCourse{ID: "new"})
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	look(w.store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		title, capacity := "New", 1
		_, err := loaded.Rosters[0].Enroll("bob", newEnrollment(), w.at)
		w.must(err)
		_, err = loaded.Rosters[0].Withdraw("ada", w.at)
		w.must(err)
		_, err = loaded.Rosters[1].Put(domain.Settings{Title: &title, Capacity: &capacity}, w.at)
		w.must(err)
		changes := changesOf(loaded.Rosters...)
		changes.Replies = []ports.IdempotencyRecord{w.kept("k", "f")}
		return end(changes)
	}))
	w.nothingChanged(before)
}

func (w *world) nothingChanged(before domain.Course) {
	w.Helper()
	if c := w.course("c"); c != before {
		w.Fatalf("course is %+v, was %+v", c, before)
	}
	w.audit("c")
	if _, err := w.store.Course(w.ctx(), tenant, "new"); !errors.Is(err, domain.ErrCourseNotFound) {
		w.Fatalf("the new course: %v, want %v", err, domain.ErrCourseNotFound)
	}
	need := w.needs("c", 10, "ada", "bob")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	w.must(w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		if loaded.Replies[0].Fingerprint != "" {
			w.Errorf("the reply was kept: %+v", loaded.Replies[0])
		}
		if r := loaded.Rosters[0]; r.Course != before || r.Standing("bob").Status != domain.None {
			w.Errorf("loaded %+v with bob %+v, want what was before", r.Course, r.Standing("bob"))
		}
		return ports.Changes{}, nil
	}))
}

func decideRunTwice(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.store = Twice(w.store)
	w.put("c", 1)
	w.enroll("c", "ada", "bob")
	w.withdraw("c", "ada")
	w.lineIs("c")
	if c := w.course("c"); c.Sequence != 5 || c.SeatsTaken != 1 {
		t.Errorf("course is %+v, want 5 changes and one seat taken", c)
	}
	w.audit("c")
}

// Twice returns a store that runs every decide twice and saves what the second run came to, as a store does that had to
// begin again.
func Twice(store ports.Store) ports.Store { return twice{store} }

type twice struct{ ports.Store }

func (s twice) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	again := errors.New("begin again")
	err := s.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		if _, err := decide(loaded); err != nil {
			return ports.Changes{}, err
		}
		return ports.Changes{}, again
	})
	if !errors.Is(err, again) {
		return err
	}
	return s.Store.Update(ctx, need, decide)
}

func aliasing(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	var handedOut *domain.Roster
	var handedIn ports.Changes
	need := w.needs("c", 5, "ada", "bob")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	w.must(w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		handedOut = loaded.Rosters[0]
		for _, l := range []domain.LearnerID{"ada", "bob", "cyd"} {
			_, err := handedOut.Enroll(l, newEnrollment(), w.at)
			w.must(err)
		}
		handedIn = changesOf(handedOut)
		handedIn.Replies = []ports.IdempotencyRecord{w.kept("k", "f", ports.Outcome{Position: 1, Promoted: []domain.Standing{{Learner: "eve"}}})}
		return handedIn, nil
	}))
	before := w.course("c")

	// Spoil all that went in, and all that comes out.
	_, err := handedOut.Withdraw("ada", w.at)
	w.must(err)
	spoil := func(c ports.Changes) {
		c.Courses[0].SeatsTaken = 99
		c.Journal[0].Type, c.Journal[0].Sequence = domain.CourseClosed, 99
		for i := range c.Standings {
			c.Standings[i].Status = domain.Withdrawn
		}
	}
	spoil(handedIn)
	spoilKept := func(k ports.IdempotencyRecord) {
		k.Outcomes[0].Position = 99
		k.Outcomes[0].Promoted[0].Learner = "spoiled"
	}
	spoilKept(handedIn.Replies[0])
	for _, s := range [][]ports.RankedStanding{w.standings("c", "")} {
		for i := range s {
			s[i].Status = domain.Withdrawn
		}
	}
	for range 2 {
		w.must(w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			if k := loaded.Replies[0]; len(k.Outcomes) != 1 || k.Outcomes[0].Position != 1 || k.Outcomes[0].Promoted[0].Learner != "eve" {
				t.Fatalf("the kept reply is %+v", k)
			}
			spoilKept(loaded.Replies[0])
			_, err := loaded.Rosters[0].Withdraw("bob", w.at)
			w.must(err)
			return ports.Changes{}, nil
		}))
	}
	if c := w.course("c"); c != before {
		t.Errorf("course is %+v, want %+v", c, before)
	}
	w.lineIs("c", "bob", "cyd")
	w.audit("c")
}

func panicInDecide(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	before := w.course("c")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("decide's panic was swallowed")
			}
		}()
		w.refused(func(ports.Changes) (ports.Changes, error) { panic("on purpose") }, func(error) {})
	}()
	w.nothingChanged(before)
	w.enroll("c", "bob")
	w.audit("c")
}

func cancelledBefore(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	w.refusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { return c, nil }, w.unavailable)
}

func cancelledInDecide(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	ctx, cancel := context.WithCancel(w.ctx())
	w.refusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { cancel(); return c, nil }, w.unavailable)
}

func cancelledWhileWaiting(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	before := w.course("c")
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- w.store.Update(w.ctx(), w.needs("c", 0), func(ports.Loaded) (ports.Changes, error) {
			close(inside)
			<-leave
			return ports.Changes{}, nil
		})
	}()
	w.inside(inside, left)
	ctx, cancel := context.WithTimeout(w.ctx(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := w.store.Update(ctx, w.needs("c", 0, "bob"), func(loaded ports.Loaded) (ports.Changes, error) {
		_, err := loaded.Rosters[0].Enroll("bob", newEnrollment(), w.at)
		return changesOf(loaded.Rosters...), err
	})
	w.unavailable(err)
	if waited := time.Since(begun); waited > patience {
		t.Errorf("waited %v for a course past its deadline", waited)
	}
	close(leave)
	w.must(<-left)
	w.nothingChanged(before)
}

func (w *world) unavailable(err error) {
	w.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		w.Fatalf("Update returned %v, want %v", err, ports.ErrUnavailable)
	}
}

func hotBatch(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 400)
	all := learners(1000)
	w.enroll("c", all...)
	w.lineIs("c", all[400:]...)
	w.withdraw("c", all[:1000]...) // seats pass down the line until nobody is left
	c := w.course("c")
	if c.SeatsTaken != 0 || c.WaitlistLength != 0 || c.Sequence < 2001 {
		t.Errorf("course is %+v, want it empty", c)
	}
	w.enroll("c", all...)
	w.audit("c")
}

func timePrecision(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 0)
	times := []time.Time{
		time.Date(2026, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 29, 1, 30, 0, 1000, time.UTC), // an hour that summer time skips
		time.Date(2026, 10, 25, 0, 30, 0, 100000, time.UTC),
	}
	for i, l := range learners(len(times)) {
		w.at = times[i]
		w.enroll("c", l)
	}
	for i, s := range w.standings("c", "") {
		if !s.Since.Equal(times[i]) || s.Since.Location() != time.UTC {
			t.Errorf("since is %v, want %v", s.Since, times[i])
		}
	}
	for i, e := range w.journal("c", 1) {
		if !e.At.Equal(times[i]) || e.At.Location() != time.UTC {
			t.Errorf("event at %v, want %v", e.At, times[i])
		}
	}
	w.audit("c")
}

func textAsItIs(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 3)
	odd := []domain.LearnerID{
		"ada", "Ada", "ada ", " ada", "%", "_", "a%a", `'; DROP TABLE courses; --`, `\`, `\'`, `"quoted"`, "NULL", "0", "00", "1e3",
		"$1", "?", "?0", "{}", "[]", "é", "e\u0301", "\u202e", "😀", "ﬁ", "null", "true", "a/b", "a,b", "-", "--",
		domain.LearnerID(make255()),
	}
	w.enroll("c", odd...)
	w.lineIs("c", odd[3:]...)
	for _, l := range odd {
		if s, err := w.store.Standing(w.ctx(), tenant, "c", l); err != nil || s.Learner != l {
			t.Errorf("standing of %q: %+v, %v", l, s, err)
		}
	}
	title, capacity := `Bobby "Tables" O'Neil; ?0 $1 %s \n 😀`, 3
	w.must(w.change(w.needs("c", 0), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, w.at)
		w.must(err)
	}))
	if got := w.course("c").Title; got != title {
		t.Errorf("title is %q, want %q", got, title)
	}
	w.audit("c")
}

func make255() string {
	b := make([]byte, 255)
	for i := range b {
		b[i] = "abcdefghij"[i%10]
	}
	return string(b)
}
