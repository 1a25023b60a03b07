package portstest

import (
	"fmt"
	"slices"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var readCases = []Case[Open]{
	{"tenants apart", "A tenant must never see what another tenant has.", tenantsApart},
	{"pages of courses", "Courses returns a page in order of id (by bytes), empty past the end.", pagesOfCourses},
	{"pages of standings", "Standings returns a page in order of sequence, empty past the end and for an unknown course.", pagesOfStandings},
	{"journal", "Journal yields the entries of a course whose sequence is greater than after, in order of sequence, until the end of what is committed", journal},
}

func tenantsApart(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada", "bob")
	f.saveReply(tenant, f.record("k", "f"))
	before := f.course("c")
	for _, other := range []domain.TenantID{"other", "T", "t2", ""} {
		if _, err := f.store.Course(f.ctx(), other, "c"); err == nil {
			t.Errorf("%q sees the course", other)
		}
		if _, err := f.store.Standing(f.ctx(), other, "c", "ada"); err == nil {
			t.Errorf("%q sees a standing", other)
		}
		courses, err := f.store.Courses(f.ctx(), other, ports.CoursePage{Limit: 9})
		f.must(err)
		standings, err := f.store.Standings(f.ctx(), other, "c", ports.StandingPage{Limit: 9})
		f.must(err)
		if len(courses)+len(standings) > 0 {
			t.Errorf("%q sees %v, %v", other, courses, standings)
		}
		for e, err := range f.store.Journal(f.ctx(), other, "c", 0) {
			t.Errorf("%q sees %v, %v", other, e, err)
		}
		if record := f.loadReplies(other, ports.IdempotencyKey{Subject: subject, Name: "k"})[0]; record.Fingerprint != "" {
			t.Errorf("%q sees %+v", other, record)
		}
	}
	need := f.needs("c", 10, "ada", "bob")
	need.Tenant = "other"
	title, capacity := "Theirs", 5
	f.must(f.change(need, func(r *domain.Roster) {
		if r.Course.Exists() || r.Known() > 0 {
			t.Errorf("another tenant loads %+v", r.Course)
		}
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
		_, err = r.Enroll("ada", newEnrollment(), false, f.at)
		f.must(err)
	}))
	if c := f.course("c"); c != before {
		t.Errorf("course is %+v after another tenant created its own, was %+v", c, before)
	}
	f.audit("c")
}

func pagesOfCourses(t testing.TB, open Open) {
	f := newFixture(t, open)
	inOrder := append(courseIDs(), "0", "10", "9", "B", "Z", "aa", "b")
	slices.Sort(inOrder)
	for i := range inOrder {
		f.put(inOrder[(i*5)%len(inOrder)], i)
	}
	no := false
	closed := map[domain.CourseID]bool{"10": true, "_": true, "b": true}
	for id := range closed {
		f.must(f.change(f.needs(id, 0), func(r *domain.Roster) {
			_, err := r.Put(domain.Settings{Open: &no}, f.at)
			f.must(err)
		}))
	}
	yes := true
	for _, c := range []struct {
		open *bool
		want func(domain.CourseID) bool
	}{
		{nil, func(domain.CourseID) bool { return true }},
		{&yes, func(id domain.CourseID) bool { return !closed[id] }},
		{&no, func(id domain.CourseID) bool { return closed[id] }},
	} {
		var got, want []domain.CourseID
		for _, id := range inOrder {
			if c.want(id) {
				want = append(want, id)
			}
		}
		page := ports.CoursePage{Open: c.open, Limit: 3}
		for {
			some, err := f.store.Courses(f.ctx(), tenant, page)
			f.must(err)
			for _, course := range some {
				got = append(got, course.ID)
				if course != f.course(course.ID) {
					t.Errorf("listed %+v, want %+v", course, f.course(course.ID))
				}
			}
			if len(some) < page.Limit {
				break
			}
			page.After = some[len(some)-1].ID
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("courses are %v, want %v", got, want)
		}
	}
}

func pagesOfStandings(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 2)
	f.put("d", 1)
	f.enroll("d", "zoe", "yan")
	f.enroll("c", "ada", "bob", "cyd", "dan", "eve", "fay")
	f.withdraw("c", "bob") // cyd is promoted
	f.withdraw("c", "dan")
	f.enroll("c", "dan")
	for _, c := range []struct {
		status domain.Status
		want   string
	}{
		{"", "[ada:enrolled:0 eve:waitlisted:1 fay:waitlisted:2 bob:withdrawn:0 cyd:enrolled:0 dan:waitlisted:3]"},
		{domain.Enrolled, "[ada:enrolled:0 cyd:enrolled:0]"},
		{domain.Waitlisted, "[eve:waitlisted:1 fay:waitlisted:2 dan:waitlisted:3]"},
		{domain.Withdrawn, "[bob:withdrawn:0]"},
	} {
		for limit := 1; limit <= 7; limit++ {
			var got []string
			page := ports.StandingPage{Status: c.status, Limit: limit}
			for {
				some, err := f.store.Standings(f.ctx(), tenant, "c", page)
				f.must(err)
				for _, s := range some {
					got = append(got, fmt.Sprintf("%s:%s:%d", s.Learner, s.Status, s.Position))
					one, err := f.store.Standing(f.ctx(), tenant, "c", s.Learner)
					f.must(err)
					if !sameRanked(one, s) {
						t.Errorf("listed %+v, alone %+v", s, one)
					}
				}
				if len(some) < limit {
					break
				}
				page.After = some[len(some)-1].Sequence
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("%q by %d: %v, want %s", c.status, limit, got, c.want)
			}
		}
	}
}

func journal(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 0)
	var sent []ports.Entry
	for range 3 { // more than one page of any store
		f.must(f.store.Update(f.ctx(), f.needs("c", 0), func(loaded ports.Loaded) (ports.Changes, error) {
			r := loaded.Rosters[0]
			for range 900 {
				title := fmt.Sprint("Title ", r.Course.Sequence)
				_, err := r.Put(domain.Settings{Title: &title}, f.at)
				f.must(err)
			}
			changes := changesOf(r)
			sent = append(sent, changes.Journal...)
			return changes, nil
		}))
	}
	got := f.journal("c", 1)
	if len(got) != len(sent) {
		t.Fatalf("%d entries, want %d", len(got), len(sent))
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
		if got[i] != sent[i] {
			t.Fatalf("entry %d is\n%+v, want\n%+v", i, got[i], sent[i])
		}
	}
	if tail := f.journal("c", 2700); len(tail) != 1 || tail[0].Sequence != 2701 {
		t.Errorf("after 2700 come %d entries, want one", len(tail))
	}
	for e, err := range f.store.Journal(f.ctx(), tenant, "c", 0) {
		f.must(err)
		if e.Sequence == 2 {
			break
		}
	}
	f.put("other", 1) // a loop that ended early holds no lock
	f.audit("c", "other")
}
