package portstest

import (
	"errors"
	"fmt"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var renameCases = []Case[Open]{
	{"rename", "standings that get another learner and keep all else", rename},
	{"rename and more", "standings that get another learner and keep all else, before the others are saved", renameAndMore},
	{"rename on many courses", "Update loads what need names, calls decide, and saves the changes: all of them or none.", renameOnMany},
	{"rename refused", "If decide returns an error, Update must return it as it is, and save nothing.", renameRefused},
}

func rename(t testing.TB, open Open) {
	f := newFixture(t, open)
	for _, id := range []domain.CourseID{"c", "d"} {
		f.put(id, 2)
		f.enroll(id, "ada", "bob", "cyd", "dan", "eve", "fay")
		f.withdraw(id, "eve")
	}
	f.waitInOther("c", "cyd")
	others, theirs := f.dump(tenant, []domain.CourseID{"d"}), f.dump("other", []domain.CourseID{"c"})
	before, journal := f.standings("c", ""), f.journal("c", 0)

	names := map[domain.LearnerID]domain.LearnerID{"ada": "zoe", "cyd": "0", "dan": "a/b 'é' 😀", "eve": "%"}
	for _, from := range []domain.LearnerID{"ada", "cyd", "dan", "eve"} {
		f.rename("c", from, names[from])
		if _, err := f.store.Standing(f.ctx(), tenant, "c", from); !errors.Is(err, domain.ErrNotEnrolled) {
			t.Errorf("the standing of %s: %v, want %v", from, err, domain.ErrNotEnrolled)
		}
	}
	for i, s := range f.standings("c", "") {
		want := before[i]
		if to, renamed := names[want.Learner]; renamed {
			want.Learner = to
		}
		if one, err := f.store.Standing(f.ctx(), tenant, "c", want.Learner); err != nil || !sameRanked(s, want) || !sameRanked(one, want) {
			t.Errorf("standing is\n%+v, alone\n%+v, %v, want\n%+v", s, one, err, want)
		}
	}
	for i, e := range f.journal("c", 0) {
		switch {
		case i < len(journal):
			if e.Learner != journal[i].Learner || e.Previous != "" {
				t.Errorf("entry %+v, want that of %s", e, journal[i].Learner)
			}
		case e.Type != domain.LearnerRenamed || e.Learner != names[e.Previous]:
			t.Errorf("entry %+v, want a rename", e)
		}
	}
	f.waitlistIs("c", "0", names["dan"], "fay")
	f.must(f.change(f.needs("c", 2, "0", "cyd", "zoe"), func(r *domain.Roster) {
		if r.Standing("0").Status != domain.Waitlisted || r.Standing("zoe").Status != domain.Enrolled || r.Standing("cyd").Status != domain.None {
			t.Errorf("loaded 0 as %+v, zoe as %+v, cyd as %+v", r.Standing("0"), r.Standing("zoe"), r.Standing("cyd"))
		}
		decided, err := r.Withdraw("zoe", "", f.at)
		if n := len(decided.Events); err != nil || n != 2 || decided.Events[1].Learner != "0" {
			t.Errorf("a free seat led to %+v, %v, want 0 promoted", decided.Events, err)
		}
	}))
	f.waitlistIs("c", names["dan"], "fay")
	f.audit("c", "d")
	if got := f.dump(tenant, []domain.CourseID{"d"}) + f.dump("other", []domain.CourseID{"c"}); got != others+theirs {
		t.Errorf("another course and another tenant have\n%s\nand had\n%s", got, others+theirs)
	}
}

// renameAndMore decides more about the same learners: the old id is another person's then.
func renameAndMore(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada", "bob", "cyd")
	f.must(f.change(f.needs("c", 3, "ada", "bob", "cyd", "zoe", "yan"), func(r *domain.Roster) {
		f.must(r.Rename("bob", "yan", f.at))
		f.must(r.Rename("ada", "zoe", f.at))
		f.must(r.Rename("cyd", "bob", f.at))
		_, err := r.Withdraw("zoe", "", f.at) // yan is promoted
		f.must(err)
		_, err = r.Enroll("ada", newEnrollment(), false, f.at)
		f.must(err)
	}))
	f.audit("c")
	f.waitlistIs("c", "bob", "ada")
	if got, want := fmt.Sprint(f.learnersOf("c", domain.Enrolled), f.learnersOf("c", domain.Withdrawn)), "[yan] [zoe]"; got != want {
		t.Errorf("enrolled and withdrawn are %s, want %s", got, want)
	}
}

func (f *fixture) learnersOf(id domain.CourseID, status domain.Status) (found []domain.LearnerID) {
	f.Helper()
	for _, s := range f.standings(id, status) {
		found = append(found, s.Learner)
	}
	return found
}

func renameOnMany(t testing.TB, open Open) {
	const many = 30
	f := newFixture(t, open)
	need := ports.Need{Tenant: tenant}
	for i := range many {
		need.Courses = append(need.Courses, ports.NeedCourse{ID: courseN(i), Learners: []domain.LearnerID{"ada", "zoe"}})
		f.put(courseN(i), 1)
		f.enroll(courseN(i), "bob", "ada")
	}
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		for _, r := range loaded.Rosters[1:] {
			f.must(r.Rename("ada", "zoe", f.at))
		}
		return changesOf(loaded.Rosters...), nil
	}))
	for i := range many {
		want := domain.LearnerID("zoe")
		if i == 0 {
			want = "ada"
		}
		f.waitlistIs(courseN(i), want)
		f.audit(courseN(i))
	}
}

func renameRefused(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada", "bob")
	before := f.dump(tenant, []domain.CourseID{"c"})
	sentinel := errors.New("on purpose")
	err := f.store.Update(f.ctx(), f.needs("c", 1, "ada", "bob", "zoe"), func(loaded ports.Loaded) (ports.Changes, error) {
		r := loaded.Rosters[0]
		if err := r.Rename("ada", "bob", f.at); !errors.Is(err, domain.ErrAlreadyExists) {
			t.Errorf("a rename to an id that has a standing: %v, want %v", err, domain.ErrAlreadyExists)
		}
		f.must(r.Rename("bob", "zoe", f.at))
		return changesOf(r), sentinel
	})
	if err != sentinel {
		t.Errorf("Update returned %v, want decide's own error", err)
	}
	if after := f.dump(tenant, []domain.CourseID{"c"}); after != before {
		t.Errorf("the store has\n%s\nand had\n%s", after, before)
	}
	f.audit("c")
}
