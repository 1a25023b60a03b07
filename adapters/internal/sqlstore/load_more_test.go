package sqlstore_test

import (
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A retry after More loads the larger need at once. The conflict comes from a course that another store creates meanwhile: a
// course that does not exist can't be locked.
func TestRetryLoadsTheLargerNeed(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	s, other := db.store(t), db.store(t)
	need := func(learners ...domain.LearnerID) ports.Need {
		return ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "c", Learners: learners}}}
	}
	runs := 0
	must(t, s.Update(t.Context(), need("ada"), func(l ports.Loaded) (ports.Changes, error) {
		if runs++; runs == 1 {
			var err error
			l, err = l.More(need("ada", "bob"))
			must(t, err)
			must(t, change(t.Context(), other, "c", func(r *domain.Roster) { put(2)(r); enroll("bob")(r) }, "bob"))
			put(1)(l.Rosters[0])
		}
		if got := l.Rosters[0].Standing("bob").Status; runs == 2 && got != domain.Enrolled {
			t.Errorf("bob is %q in the retry", got)
		}
		return changes(l.Rosters[0]), nil
	}))
	if runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
}
