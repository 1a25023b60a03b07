package domain_test

import (
	"testing"
	"time"

	"example.com/roster/domain"
)

// A rename changes one roster: no clone of it, and not what it was made of.
func TestRenameChangesOneRoster(t *testing.T) {
	t.Parallel()
	ada := domain.Standing{Course: "c", Learner: "ada", Enrollment: "e", Status: domain.Waitlisted, Sequence: 2}
	loaded := []domain.Standing{ada}
	r := domain.NewRoster(domain.Course{ID: "c", Sequence: 2, WaitlistLength: 1}, nil, loaded)
	clone := r.Clone()
	if err := r.Rename("ada", "bob", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := r.Standing("bob").Learner; got != "bob" {
		t.Errorf("the standing is of %s, want bob", got)
	}
	if got := clone.Standing("ada"); got != ada {
		t.Errorf("the clone has %+v, want %+v", got, ada)
	}
	if loaded[0] != ada {
		t.Errorf("what was loaded is %+v, want %+v", loaded[0], ada)
	}
}
