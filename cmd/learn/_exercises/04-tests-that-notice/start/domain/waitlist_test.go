package domain_test

import (
	"testing"
	"time"

	"example.com/roster/domain"
)

// courseOf returns an open course with a waitlist.
func courseOf(t *testing.T, capacity int) *domain.Roster {
	t.Helper()
	r := domain.NewRoster(domain.Course{ID: "go-101"}, nil, nil)
	if _, err := r.Put(domain.Settings{Title: new("Go"), Capacity: new(capacity)}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWaitlist(t *testing.T) {
	r := courseOf(t, 1)
	for _, learner := range []domain.LearnerID{"ada", "bob", "cyd"} {
		if _, err := r.Enroll(learner, domain.EnrollmentID(learner), false, time.Time{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Withdraw("ada", "", time.Time{}); err != nil {
		t.Error(err)
	}
}
