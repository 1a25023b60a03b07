package portstest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	tenant      domain.TenantID = "t"
	subject                     = "suite"
	traceparent                 = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

// patience is how long a case waits for what should be there at once; only a broken store makes it wait that long.
const patience = 20 * time.Second

// patienceOf is less where t expects a failure.
func patienceOf(t testing.TB) time.Duration {
	if _, ok := t.(*recorder); ok {
		return time.Second / 2
	}
	return patience
}

// A world is a store with a day in it, and the few moves that the cases are told in.
type world struct {
	testing.TB
	store ports.Store
	at    time.Time
}

func newWorld(t testing.TB, open Open) *world { return worldOf(t, open(t)) }

func worldOf(t testing.TB, store ports.Store) *world {
	return &world{t, store, time.Date(2026, 3, 29, 0, 59, 59, 123456000, time.UTC)}
}

func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	w.Cleanup(cancel)
	return ctx
}

// must fails the case on an error that no rule allows for.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("unexpected error: %v", err)
	}
}

// put makes a course of so many seats, open and with a waitlist.
func (w *world) put(id domain.CourseID, capacity int) {
	w.Helper()
	title := "Course " + string(id)
	w.must(w.change(w.needs(id, 1000), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, w.at)
		w.must(err)
	}))
}

// enroll enrolls the learners in one Update.
func (w *world) enroll(id domain.CourseID, learners ...domain.LearnerID) {
	w.Helper()
	w.must(w.change(w.needs(id, 0, learners...), func(r *domain.Roster) {
		for _, l := range learners {
			_, err := r.Enroll(l, newEnrollment(), w.at)
			w.must(err)
		}
	}))
}

// withdraw withdraws the learners in one Update.
func (w *world) withdraw(id domain.CourseID, learners ...domain.LearnerID) {
	w.Helper()
	w.must(w.change(w.needs(id, len(learners), learners...), func(r *domain.Roster) {
		for _, l := range learners {
			_, err := r.Withdraw(l, w.at)
			w.must(err)
		}
	}))
}

func (w *world) needs(id domain.CourseID, line int, learners ...domain.LearnerID) ports.Need {
	return ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: id, Learners: learners, FirstWaiting: line}}}
}

// change has act change the first course of need, and saves what comes of it.
func (w *world) change(need ports.Need, act func(*domain.Roster)) error {
	return w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		act(loaded.Rosters[0])
		return changesOf(loaded.Rosters...), nil
	})
}

// changesOf tells what to save of rosters that were decided on.
func changesOf(rosters ...*domain.Roster) (c ports.Changes) {
	for _, r := range rosters {
		if len(r.Events()) == 0 {
			continue
		}
		c.Courses = append(c.Courses, r.Course)
		for _, e := range r.Events() {
			entry := ports.Entry{ID: newID(), Correlation: "suite", Event: e}
			if e.Sequence%2 > 0 {
				entry.Trace = traceparent
			}
			c.Journal = append(c.Journal, entry)
			if s := r.Standing(e.Learner); s.Sequence == e.Sequence {
				c.Standings = append(c.Standings, s)
			}
		}
	}
	return c
}

// kept is a reply to keep under name.
func (w *world) kept(name, fingerprint string, outcomes ...ports.Outcome) ports.IdempotencyRecord {
	return ports.IdempotencyRecord{IdempotencyKey: ports.IdempotencyKey{Subject: subject, Name: name}, Fingerprint: fingerprint, At: w.at, Outcomes: outcomes}
}

func (w *world) course(id domain.CourseID) domain.Course {
	w.Helper()
	c, err := w.store.Course(w.ctx(), tenant, id)
	w.must(err)
	return c
}

// standings returns all standings of the course in pages of two, so that every case that looks also pages.
func (w *world) standings(id domain.CourseID, status domain.Status) (all []ports.RankedStanding) {
	w.Helper()
	page := ports.StandingPage{Status: status, Limit: 2}
	if w.course(id).Sequence > 100 {
		page.Limit = 1000
	}
	for {
		some, err := w.store.Standings(w.ctx(), tenant, id, page)
		w.must(err)
		all = append(all, some...)
		if len(some) < page.Limit {
			return all
		}
		page.After = some[len(some)-1].Sequence
	}
}

func (w *world) journal(id domain.CourseID, after int64) (entries []ports.Entry) {
	w.Helper()
	for e, err := range w.store.Journal(w.ctx(), tenant, id, after) {
		w.must(err)
		entries = append(entries, e)
	}
	return entries
}

// audit folds the journal of each course, a snapshot first where it was purged, and requires that course, standings and line
// are what it says.
func (w *world) audit(ids ...domain.CourseID) {
	w.Helper()
	for _, id := range ids {
		told := domain.NewRoster(domain.Course{ID: id}, nil, nil)
		purged, err := w.store.Purged(w.ctx(), tenant, id)
		w.must(err)
		for _, e := range w.journal(id, 0) {
			if e.Sequence <= purged {
				told.Restore(e.Event)
			} else {
				w.must(told.Replay(e.Event))
			}
		}
		if got := w.course(id); got != told.Course {
			w.Fatalf("course is\n%+v, its journal says\n%+v", got, told.Course)
		}
		standings, waiting, before := w.standings(id, ""), 0, int64(0)
		for _, s := range standings {
			want := ports.RankedStanding{Standing: told.Standing(s.Learner)}
			if want.Status == domain.Waitlisted {
				waiting++
				want.Position = waiting
			}
			if !samePlaced(s, want) || s.Sequence <= before {
				w.Fatalf("standing is\n%+v, the journal says\n%+v", s, want)
			}
			before = s.Sequence
		}
		if len(standings) != told.Known() || waiting != told.Course.WaitlistLength {
			w.Fatalf("%d standings, %d waiting; the journal says %d, %d", len(standings), waiting, told.Known(), told.Course.WaitlistLength)
		}
	}
}

// lineIs requires that exactly these learners wait, in this order.
func (w *world) lineIs(id domain.CourseID, learners ...domain.LearnerID) {
	w.Helper()
	line := w.standings(id, domain.Waitlisted)
	var got []domain.LearnerID
	for i, s := range line {
		got = append(got, s.Learner)
		if s.Position != i+1 {
			w.Fatalf("%s is at position %d of the line, want %d", s.Learner, s.Position, i+1)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(learners) {
		w.Fatalf("the line is %v, want %v", got, learners)
	}
}

func samePlaced(a, b ports.RankedStanding) bool {
	return sameStanding(a.Standing, b.Standing) && a.Position == b.Position
}

func sameStanding(a, b domain.Standing) bool {
	sameTime := a.Since.Equal(b.Since)
	a.Since = b.Since
	return sameTime && a == b
}

// learners returns n learners, named so that their order by name is not their order of arrival.
func learners(n int) []domain.LearnerID {
	ids := make([]domain.LearnerID, n)
	for i := range ids {
		ids[i] = domain.LearnerID(fmt.Sprintf("%03d-learner-%d", (i*7919)%1000, i))
	}
	return ids
}

func newID() string {
	return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", rand.Uint32(), rand.N(1<<16), rand.N(1<<12), rand.N(1<<12), rand.N(int64(1)<<48))
}

func newEnrollment() domain.EnrollmentID { return domain.EnrollmentID(newID()) }

// picture writes down all that a tenant has of these courses, and the replies under these keys.
func (w *world) picture(tenant domain.TenantID, ids []domain.CourseID, keys ...ports.IdempotencyKey) string {
	w.Helper()
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(w.pictureOf(w.store, tenant, id))
	}
	for _, kept := range w.replies(tenant, keys...) {
		fmt.Fprintf(&b, "%+v\n", kept)
	}
	return b.String()
}

func (w *world) pictureOf(r ports.Reader, tenant domain.TenantID, id domain.CourseID) string {
	w.Helper()
	course, err := r.Course(w.ctx(), tenant, id)
	w.must(err)
	text := fmt.Sprintf("%+v\n", course)
	standings, err := r.Standings(w.ctx(), tenant, id, ports.StandingPage{Limit: 1000})
	w.must(err)
	for _, s := range standings {
		text += fmt.Sprintf("%+v\n", s)
	}
	for e, err := range r.Journal(w.ctx(), tenant, id, 0) {
		w.must(err)
		text += fmt.Sprintf("%+v\n", e)
	}
	return text
}

// comeAndGo enrolls the learners, and withdraws those who are there.
func (w *world) comeAndGo(r *domain.Roster, learners []domain.LearnerID) {
	for _, l := range learners {
		var err error
		if r.Standing(l).Live() {
			_, err = r.Withdraw(l, w.at)
		} else {
			_, err = r.Enroll(l, newEnrollment(), w.at)
		}
		if err != nil {
			w.Errorf("%s: %v", l, err)
		}
	}
}
