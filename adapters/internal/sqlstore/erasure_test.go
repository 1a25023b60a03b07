package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A learner who enrolls in another course during Forget is forgotten there, too, and not in the reply alone. That can only
// happen if another transaction may write meanwhile.
func TestForgetDuringAnEnrollment(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	other := db.store(t)
	key := ports.IdempotencyKey{Subject: "staff", Name: "k"}
	enrollInNew := func() {
		need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "new"}}, Keys: []ports.IdempotencyKey{key}}
		must(t, other.Update(t.Context(), need, func(l ports.Loaded) (ports.Changes, error) {
			enroll("ada")(l.Rosters[0])
			c := changes(l.Rosters[0])
			outcome := ports.Outcome{Standing: l.Rosters[0].Standing("ada")}
			c.Replies = []ports.IdempotencyRecord{{IdempotencyKey: key, Fingerprint: "f", At: at, Outcomes: []ports.Outcome{outcome}}}
			return c, nil
		}))
	}
	must(t, change(t.Context(), other, "new", put(1)))
	must(t, change(t.Context(), other, "old", put(1)))
	must(t, change(t.Context(), other, "old", enroll("ada")))

	enrolled := false
	s := db.through(t, rewriting{func(statement string) string {
		if strings.HasPrefix(statement, `DELETE FROM "replies"`) && !enrolled {
			enrolled = true
			enrollInNew()
		}
		return statement
	}})
	done, err := s.Forget(t.Context(), tenant, "ada", "pseudonym")
	if want := (ports.Forgotten{Standings: 2, Events: 2, Replies: 1}); err != nil || done != want {
		t.Errorf("forgot %+v, %v; want %+v", done, err, want)
	}
	for _, id := range []domain.CourseID{"old", "new"} {
		if _, err := s.Standing(t.Context(), tenant, id, "ada"); !errors.Is(err, domain.ErrNotEnrolled) {
			t.Errorf("on %s: %v", id, err)
		}
		if _, err := s.Standing(t.Context(), tenant, id, "pseudonym"); err != nil {
			t.Errorf("on %s: %v", id, err)
		}
	}
}
