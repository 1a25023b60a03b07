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

const tenant domain.TenantID = "t"

const (
	subject     = "suite"
	traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

// A fixture is a store, a time for the next events, and the steps that the cases are made of.
type fixture struct {
	testing.TB
	store ports.Store
	at    time.Time
}

func newFixture(t testing.TB, open Open) *fixture { return fixtureOf(t, open(t)) }

func fixtureOf(t testing.TB, store ports.Store) *fixture {
	return &fixture{t, store, time.Date(2026, 3, 29, 0, 59, 59, 123456000, time.UTC)}
}

func (f *fixture) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*timeout)
	f.Cleanup(cancel)
	return ctx
}

// must fails the case if there is an error.
func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

// put creates an open course with a waitlist, or changes its capacity.
func (f *fixture) put(id domain.CourseID, capacity int) {
	f.Helper()
	title := "Course " + string(id)
	f.must(f.change(f.needs(id, 1000), func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
	}))
}

// enroll enrolls the learners in one Update.
func (f *fixture) enroll(id domain.CourseID, learners ...domain.LearnerID) {
	f.Helper()
	f.must(f.change(f.needs(id, 0, learners...), func(r *domain.Roster) {
		for _, l := range learners {
			_, err := r.Enroll(l, newEnrollment(), false, f.at)
			f.must(err)
		}
	}))
}

// withdraw withdraws the learners in one Update.
func (f *fixture) withdraw(id domain.CourseID, learners ...domain.LearnerID) {
	f.Helper()
	f.must(f.change(f.needs(id, len(learners), learners...), func(r *domain.Roster) {
		for _, l := range learners {
			_, err := r.Withdraw(l, "", f.at)
			f.must(err)
		}
	}))
}

// rename renames a learner on the course.
func (f *fixture) rename(id domain.CourseID, from, to domain.LearnerID) {
	f.Helper()
	f.must(f.change(f.needs(id, 0, from, to), func(r *domain.Roster) { f.must(r.Rename(from, to, f.at)) }))
}

func (f *fixture) needs(id domain.CourseID, firstWaiting int, learners ...domain.LearnerID) ports.Need {
	return ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: id, Learners: learners, FirstWaiting: firstWaiting}}}
}

// change calls act with the first course of need, and saves the result.
func (f *fixture) change(need ports.Need, act func(*domain.Roster)) error {
	return f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		act(loaded.Rosters[0])
		return changesOf(loaded.Rosters...), nil
	})
}

// changesOf returns what to save after decisions on these rosters.
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
			if e.Type == domain.LearnerRenamed {
				c.Renamed = append(c.Renamed, ports.RenamedStanding{Course: e.Course, From: e.Previous, To: e.Learner})
			}
			if s := r.Standing(e.Learner); s.Sequence == e.Sequence {
				c.Standings = append(c.Standings, s)
			}
		}
	}
	return c
}

// record returns a reply to save under a name.
func (f *fixture) record(name, fingerprint string, outcomes ...ports.Outcome) ports.IdempotencyRecord {
	return ports.IdempotencyRecord{IdempotencyKey: ports.IdempotencyKey{Subject: subject, Name: name}, Fingerprint: fingerprint, At: f.at, Outcomes: outcomes}
}

func (f *fixture) course(id domain.CourseID) domain.Course {
	f.Helper()
	c, err := f.store.Course(f.ctx(), tenant, id)
	f.must(err)
	return c
}

// standings returns all standings of the course. It reads pages of two, so that every case also tests pages.
func (f *fixture) standings(id domain.CourseID, status domain.Status) (all []ports.RankedStanding) {
	f.Helper()
	page := ports.StandingPage{Status: status, Limit: 2}
	if f.course(id).Sequence > 100 {
		page.Limit = 1000
	}
	for {
		some, err := f.store.Standings(f.ctx(), tenant, id, page)
		f.must(err)
		all = append(all, some...)
		if len(some) < page.Limit {
			return all
		}
		page.After = some[len(some)-1].Sequence
	}
}

func (f *fixture) journal(id domain.CourseID, after int64) (entries []ports.Entry) {
	f.Helper()
	for e, err := range f.store.Journal(f.ctx(), tenant, id, after) {
		f.must(err)
		entries = append(entries, e)
	}
	return entries
}

// audit replays the journal of each course, with a snapshot first if it was purged, and requires that course, standings and
// waitlist match it.
func (f *fixture) audit(ids ...domain.CourseID) {
	f.Helper()
	for _, id := range ids {
		replayed := domain.NewRoster(domain.Course{ID: id}, nil, nil)
		purged, err := f.store.Purged(f.ctx(), tenant, id)
		f.must(err)
		for _, e := range f.journal(id, 0) {
			if e.Sequence <= purged {
				replayed.Restore(e.Event)
			} else {
				f.must(replayed.Replay(e.Event))
			}
		}
		if got := f.course(id); got != replayed.Course {
			f.Fatalf("course is\n%+v, its journal says\n%+v", got, replayed.Course)
		}
		standings, waiting, before := f.standings(id, ""), 0, int64(0)
		for _, s := range standings {
			want := ports.RankedStanding{Standing: replayed.Standing(s.Learner)}
			if want.Status == domain.Waitlisted {
				waiting++
				want.Position = waiting
			}
			if !sameRanked(s, want) || s.Sequence <= before {
				f.Fatalf("standing is\n%+v, the journal says\n%+v", s, want)
			}
			before = s.Sequence
		}
		if len(standings) != replayed.Known() || waiting != replayed.Course.WaitlistLength {
			f.Fatalf("%d standings, %d waiting; the journal says %d, %d", len(standings), waiting, replayed.Known(), replayed.Course.WaitlistLength)
		}
	}
}

// waitlistIs requires that exactly these learners wait, in this order.
func (f *fixture) waitlistIs(id domain.CourseID, learners ...domain.LearnerID) {
	f.Helper()
	waitlist := f.standings(id, domain.Waitlisted)
	var got []domain.LearnerID
	for i, s := range waitlist {
		got = append(got, s.Learner)
		if s.Position != i+1 {
			f.Fatalf("%s is at position %d of the waitlist, want %d", s.Learner, s.Position, i+1)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(learners) {
		f.Fatalf("the waitlist is %v, want %v", got, learners)
	}
}

func sameRanked(a, b ports.RankedStanding) bool {
	return sameStanding(a.Standing, b.Standing) && a.Position == b.Position
}

func sameStanding(a, b domain.Standing) bool {
	sameTime := a.Since.Equal(b.Since)
	a.Since = b.Since
	return sameTime && a == b
}

// learners returns n learners. Their order by id is not their order in the list.
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

// dump returns everything that a tenant has of these courses, and the replies under these keys, as text.
func (f *fixture) dump(tenant domain.TenantID, ids []domain.CourseID, keys ...ports.IdempotencyKey) string {
	f.Helper()
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(f.dumpOf(f.store, tenant, id))
	}
	for _, record := range f.loadReplies(tenant, keys...) {
		fmt.Fprintf(&b, "%+v\n", record)
	}
	return b.String()
}

func (f *fixture) dumpOf(r ports.Reader, tenant domain.TenantID, id domain.CourseID) string {
	f.Helper()
	course, err := r.Course(f.ctx(), tenant, id)
	f.must(err)
	text := fmt.Sprintf("%+v\n", course)
	standings, err := r.Standings(f.ctx(), tenant, id, ports.StandingPage{Limit: 1000})
	f.must(err)
	for _, s := range standings {
		text += fmt.Sprintf("%+v\n", s)
	}
	for e, err := range r.Journal(f.ctx(), tenant, id, 0) {
		f.must(err)
		text += fmt.Sprintf("%+v\n", e)
	}
	return text
}

// enrollOrWithdraw withdraws the learners who have a live standing, and enrolls the others.
func (f *fixture) enrollOrWithdraw(r *domain.Roster, learners []domain.LearnerID) {
	for _, l := range learners {
		var err error
		if r.Standing(l).Live() {
			_, err = r.Withdraw(l, "", f.at)
		} else {
			_, err = r.Enroll(l, newEnrollment(), false, f.at)
		}
		if err != nil {
			f.Errorf("%s: %v", l, err)
		}
	}
}
