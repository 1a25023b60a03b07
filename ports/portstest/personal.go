package portstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var personalCases = []Case[OpenErasure]{
	{"a learner's standings", "LearnerStandings returns a page of the learner's standings with their positions on the waitlists, in order of course (by bytes)", learnerStandings},
	{"unusual learners' standings", "empty past the end and for an unknown learner", unusualLearners},
	{"a learner's standings now", "It must see what is committed now.", learnerStandingsNow},
	{"about", "Standings and Events are in order of course and sequence, Replies in order of subject and name, DeadLetters in order of ID.", about},
	{"about during updates", "as of one moment", aboutDuringUpdates},
	{"about and forget", "About returns what Forget would change or remove, as of one moment.", aboutAndForget},
}

// standingsOf returns all of the learner's standings. It reads pages of limit.
func (f *erasure) standingsOf(owner domain.TenantID, learner domain.LearnerID, limit int) (all []ports.RankedStanding) {
	f.Helper()
	for page := (ports.LearnerPage{Limit: limit}); ; {
		some, err := f.LearnerStandings(f.ctx(), owner, learner, page)
		f.must(err)
		if all = append(all, some...); len(some) < limit {
			return all
		}
		page.After = some[len(some)-1].Course
	}
}

// standingsAre requires that these are the learner's standings, whatever the size of a page.
func (f *erasure) standingsAre(owner domain.TenantID, learner domain.LearnerID, want ...ports.RankedStanding) {
	f.Helper()
	for _, limit := range []int{1, 2, max(1, len(want)), 1000} {
		if got := f.standingsOf(owner, learner, limit); !slices.EqualFunc(got, want, sameRanked) {
			f.Errorf("by %d, %q has\n%+v\nwant\n%+v", limit, learner, got, want)
		}
	}
}

func learnerStandings(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.standingsAre(tenant, ada)
	var want []ports.RankedStanding
	for i, id := range courseIDs() {
		f.put(id, 1)
		switch i % 5 {
		case 0:
			f.enroll(id, ada, "bob")
		case 1:
			f.enroll(id, "bob", "cyd", ada, "dan")
		case 2:
			f.enroll(id, ada, "bob")
			f.withdraw(id, ada)
		case 3:
			f.enroll(id, "bob", "cyd", "dan", "eve")
			f.rename(id, "eve", ada)
			f.withdraw(id, "cyd")
		case 4:
			f.enroll(id, ada)
			f.rename(id, ada, "zoe")
			continue
		}
		s, err := f.Standing(f.ctx(), tenant, id, ada)
		f.must(err)
		want = append(want, s)
	}
	for i, s := range want {
		expected := []string{"enrolled 0", "waitlisted 2", "withdrawn 0", "waitlisted 2"}[i%4]
		if got := fmt.Sprint(s.Status, " ", s.Position); got != expected {
			t.Fatalf("on %s the learner is %s, want %s", s.Course, got, expected)
		}
	}
	f.standingsAre(tenant, ada, want...)
	f.standingsAre("other", ada)
	if beyond, err := f.LearnerStandings(f.ctx(), tenant, ada, ports.LearnerPage{After: want[len(want)-1].Course, Limit: 9}); err != nil || len(beyond) > 0 {
		t.Errorf("past the end: %+v, %v", beyond, err)
	}
	f.waitInOther(want[0].Course, ada)
	f.standingsAre(tenant, ada, want...)
	if theirs := f.standingsOf("other", ada, 9); len(theirs) != 1 || theirs[0].Position != 1 {
		t.Errorf("in another tenant the learner has %+v", theirs)
	}
}

// waitInOther creates the course in another tenant, with the learner on its waitlist.
func (f *fixture) waitInOther(id domain.CourseID, learner domain.LearnerID) {
	f.Helper()
	need := f.needs(id, 0, learner)
	need.Tenant = "other"
	title, capacity := "Theirs", 0
	f.must(f.change(need, func(r *domain.Roster) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
		_, err = r.Enroll(learner, newEnrollment(), false, f.at)
		f.must(err)
	}))
}

func unusualLearners(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.put("c", 3)
	f.enroll("c", unusual...)
	for _, l := range unusual {
		s, err := f.Standing(f.ctx(), tenant, "c", l)
		f.must(err)
		f.standingsAre(tenant, l, s)
	}
	for _, unknown := range []domain.LearnerID{"", "a", "ADA", "ad", "ada  ", "adb", "unknown"} {
		f.standingsAre(tenant, unknown)
	}
}

func learnerStandingsNow(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.put("c", 0)
	for i, l := range learners(20) {
		f.enroll("c", l)
		if got := f.standingsOf(tenant, l, 9); len(got) != 1 || got[0].Position != i+1 {
			t.Fatalf("after the learner was put on the waitlist in place %d: %+v", i+1, got)
		}
	}
}

// letters returns the store's dead letters; false if it has none.
func (f *erasure) letters() (*deadLetters, bool) {
	store, ok := f.store.(ports.DeadLetterStore)
	return &deadLetters{f.fixture, store}, ok
}

func (d *deadLetters) putAbout(id string, learner domain.LearnerID) {
	d.Helper()
	l := d.deadLetter(id)
	l.Learner, l.At = learner, d.at
	d.put(tenant, l)
}

func (f *erasure) about(learner domain.LearnerID) ports.PersonalData {
	f.Helper()
	data, err := f.About(f.ctx(), tenant, learner)
	f.must(err)
	return data
}

func about(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	if data := f.about(ada); printed(data) != printed(ports.PersonalData{}) {
		t.Errorf("in an empty store there is %s", printed(data))
	}
	for _, id := range []domain.CourseID{"b", "a/1", "a 1", "B"} {
		f.put(id, 1)
		f.enroll(id, "bob", "aida", "cyd")
		f.withdraw(id, "bob")
		f.rename(id, "aida", ada)
		f.withdraw(id, ada)
	}
	f.waitInOther("B", ada)
	f.waitInOther("b", "aida")
	var want ports.PersonalData
	for _, id := range []domain.CourseID{"B", "a 1", "a/1", "b"} {
		s, err := f.Standing(f.ctx(), tenant, id, ada)
		f.must(err)
		want.Standings = append(want.Standings, s.Standing)
		for _, e := range f.journal(id, 0) { // 3 aida waits, 6 is promoted, 7 is renamed, 8 withdrew
			if e.Sequence == 3 || e.Sequence >= 6 && e.Sequence <= 8 {
				want.Events = append(want.Events, e)
			}
		}
	}
	for i, subject := range []string{"Z", "a", string(ada), "é"} {
		record := f.record(fmt.Sprint("k", 9-i), "f", f.named("bob"), f.named(ada))
		others := f.record(fmt.Sprint("k", 9-i, "x"), "f", f.named("bob"))
		record.Subject, others.Subject = subject, subject
		f.saveReply(tenant, others)
		f.saveReply(tenant, record)
		f.saveReply("other", record)
		if want.Replies = append(want.Replies, record); subject == string(ada) {
			want.Replies = append(want.Replies, others)
		}
	}
	if d, ok := f.letters(); ok {
		for _, id := range []string{"b", "B", "a"} {
			d.putAbout(id, ada)
			d.putAbout(id+"x", "bob")
		}
		theirs := d.deadLetter("c")
		theirs.By.Tenant, theirs.Learner, theirs.At = "other", ada, f.at
		d.put("other", theirs)
		for _, id := range []string{"B", "a", "b"} {
			l := d.deadLetter(id)
			l.Learner, l.At = ada, f.at
			want.DeadLetters = append(want.DeadLetters, l)
		}
	}
	if got := printed(f.about(ada)); got != printed(want) {
		t.Errorf("About returned\n%s\nwant\n%s", got, printed(want))
	}
	if got := f.forgets(tenant); got != counts(want) {
		t.Errorf("Forget returned %+v, want %+v", got, counts(want))
	}
	if data := f.about(ada); printed(data) != printed(ports.PersonalData{}) {
		t.Errorf("after Forget there is %s", printed(data))
	}
}

func aboutDuringUpdates(t testing.TB, open OpenErasure) {
	const writers, each = 3, 15
	f := newErasure(t, open)
	ids := []domain.CourseID{"a", "b", "c"}
	for _, id := range ids {
		f.put(id, 5)
		f.enroll(id, ada)
	}
	together(writers+1, func(writer int) {
		for i := range each {
			time.Sleep(time.Millisecond) // steady: makes it likely that all run at the same time
			if writer < writers {
				need := f.needs(ids[(writer+i)%len(ids)], 2, ada)
				if err := f.change(need, func(r *domain.Roster) { f.enrollOrWithdraw(r, need.Courses[0].Learners) }); err != nil {
					t.Errorf("Update: %v", err)
				}
				continue
			}
			data, err := f.About(f.ctx(), tenant, ada)
			if err != nil {
				t.Errorf("About: %v", err)
			}
			last := make(map[domain.CourseID]int64)
			for _, e := range data.Events {
				last[e.Course] = e.Sequence
			}
			for _, s := range data.Standings {
				if s.Sequence != last[s.Course] {
					t.Errorf("of one moment are event %d and the standing\n%+v", last[s.Course], s)
				}
			}
		}
	})
}

// printed returns the data as text, with times in UTC.
func printed(data ports.PersonalData) string {
	for i := range data.Standings {
		data.Standings[i].Since = data.Standings[i].Since.UTC()
	}
	for i := range data.Events {
		data.Events[i].At = data.Events[i].At.UTC()
	}
	for i := range data.Replies {
		data.Replies[i].At = data.Replies[i].At.UTC()
		for j := range data.Replies[i].Outcomes {
			data.Replies[i].Outcomes[j] = inUTC(data.Replies[i].Outcomes[j])
		}
	}
	return strings.ReplaceAll(fmt.Sprintf("%+v", data), "} {", "}\n{")
}

func counts(data ports.PersonalData) ports.Forgotten {
	return ports.Forgotten{Standings: len(data.Standings), Events: len(data.Events), Replies: len(data.Replies), DeadLetters: len(data.DeadLetters)}
}

// aboutAndForget keeps beside a random history whom each id means on each course, and so whose entry each is.
func aboutAndForget(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	ids := []domain.LearnerID{"a", "b", "c", "d"}
	courses := []domain.CourseID{"x", "y"}
	means, entries := make(map[string]int), make(map[string]int) // course/id and course/sequence: a person
	d, hasLetters := f.letters()
	for _, id := range courses {
		f.put(id, 2)
	}
	for i := range 40 {
		f.at = f.at.Add(time.Second)
		course, l, other := courses[random.IntN(2)], ids[random.IntN(4)], ids[random.IntN(4)]
		of := func(l domain.LearnerID) string { return fmt.Sprint(course, "/", l) }
		switch random.IntN(6) {
		case 0:
			f.saveReply(tenant, f.record(fmt.Sprint("k", i), "f", f.named(l), f.named(other)))
		case 1:
			if hasLetters {
				d.putAbout(fmt.Sprint(i), l)
			}
		case 2, 3:
			f.must(f.change(f.needs(course, 0, l, other), func(r *domain.Roster) {
				if r.Rename(l, other, f.at) == nil {
					means[of(other)] = means[of(l)]
					delete(means, of(l))
				}
			}))
		default:
			f.must(f.change(f.needs(course, 3, l), func(r *domain.Roster) { f.enrollOrWithdraw(r, []domain.LearnerID{l}) }))
			if means[of(l)] == 0 {
				means[of(l)] = i + 1
			}
		}
		for _, e := range f.journal(course, 0) {
			if key := fmt.Sprint(course, e.Sequence); e.Learner != "" && entries[key] == 0 {
				entries[key] = means[of(e.Learner)]
			}
		}
	}
	for i, l := range ids {
		data, last := f.about(l), domain.LearnerID(fmt.Sprint("forgotten-", i))
		var got, want []string
		for _, e := range data.Events {
			got = append(got, fmt.Sprint(e.Course, e.Sequence))
		}
		for _, course := range courses {
			for _, e := range f.journal(course, 0) {
				if key := fmt.Sprint(course, e.Sequence); e.Learner != "" && entries[key] == means[fmt.Sprint(course, "/", l)] {
					want = append(want, key)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: the events of %s are %v, want %v", seed, l, got, want)
		}
		found, err := f.Forget(f.ctx(), tenant, l, last)
		f.must(err)
		if found != counts(data) {
			t.Errorf("seed %d: Forget returned %+v for %s, About %+v", seed, found, l, counts(data))
		}
		if after := f.about(l); printed(after) != printed(ports.PersonalData{}) {
			t.Errorf("seed %d: after Forget there is of %s\n%s", seed, l, printed(after))
		}
		if after := f.about(last); len(after.Standings) != found.Standings || len(after.Events) != found.Events {
			t.Errorf("seed %d: Forget returned %+v for %s, About the pseudonym %+v", seed, found, l, counts(after))
		}
		f.audit(courses...)
	}
}
