package portstest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// courseIDs are course ids with what is allowed in them, in order of bytes.
func courseIDs() []domain.CourseID {
	return slices.Sorted(slices.Values([]domain.CourseID{
		"course-v1:MITx+6.00.1x+2T2024", "453c1c1.S1.592", "CS 115 (A)", "2024FA/MATH-101", "2024FA/MATH 101", "...", ". .", "a", "A", "a b", "a%b",
		"%", "_", `'; DROP TABLE courses; --`, `"q"`, `\`, `\'`, "NULL", "{}", "{a,b}", "a,b", "?", "$1", "?0", "é", "e\u0301", "ﬁ", "😀", "a\u2028b", "日本語",
		"-", "a.b", "a*b", "a>b", domain.CourseID(strings.Repeat("é", 127) + "x"),
	}))
}

// unusualCourses changes all of these courses in one Update, so that no statement mixes them up.
func unusualCourses(t testing.TB, open Open) {
	f := newFixture(t, open)
	need := ports.Need{Tenant: tenant}
	for _, id := range courseIDs() {
		f.must(id.Validate())
		need.Courses = append(need.Courses, ports.NeedCourse{ID: id, Learners: []domain.LearnerID{"ada", "bob", "zoe"}, FirstWaiting: 1})
	}
	title, capacity := "T", 1
	update := func(act func(r *domain.Roster, i int)) {
		f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			for i, r := range loaded.Rosters {
				act(r, i)
			}
			changes := changesOf(loaded.Rosters...)
			for _, r := range loaded.Rosters {
				outcome := ports.Outcome{Standing: r.Standing("ada"), Course: r.Course}
				changes.Replies = append(changes.Replies, f.record(string(r.Course.ID), "f", outcome))
			}
			return changes, nil
		}))
	}
	update(func(r *domain.Roster, i int) {
		_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
		_, err = r.Enroll("ada", newEnrollment(), false, f.at)
		f.must(err)
		if i%2 > 0 {
			_, err = r.Enroll("bob", newEnrollment(), false, f.at)
			f.must(err)
		}
	})
	var keys []ports.IdempotencyKey
	for i, n := range need.Courses {
		keys = append(keys, ports.IdempotencyKey{Subject: subject, Name: string(n.ID)})
		if c := f.course(n.ID); c.ID != n.ID || c.Sequence != int64(2+i%2) {
			t.Errorf("course is %+v", c)
		}
		if _, err := f.store.Standing(f.ctx(), tenant, n.ID, "bob"); (i%2 == 0) != errors.Is(err, domain.ErrNotEnrolled) {
			t.Errorf("the standing of bob on %q: %v", n.ID, err)
		}
	}
	for i, record := range f.loadReplies(tenant, keys...) {
		if o := record.Outcomes[0]; o.Standing.Course != need.Courses[i].ID || o.Course.ID != need.Courses[i].ID {
			t.Errorf("under %q is %+v", keys[i].Name, record)
		}
	}
	need.Keys = nil
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		for i, r := range loaded.Rosters {
			if r.Course.ID != need.Courses[i].ID || r.Known() != 1+i%2 {
				t.Errorf("loaded %+v with %d standings", r.Course, r.Known())
			}
			f.must(r.Rename("ada", "zoe", f.at))
			_, err := r.Withdraw("zoe", "", f.at)
			f.must(err)
		}
		return changesOf(loaded.Rosters...), nil
	}))
	f.audit(courseIDs()...)
}
