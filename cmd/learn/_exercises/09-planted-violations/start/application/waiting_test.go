package application_test

import (
	"testing"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestLongestWait(t *testing.T) {
	t.Parallel()
	roster, staff := application.New(nil), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	settings := domain.Settings{Title: new("Go"), Capacity: new(1)}
	if _, err := roster.PutCourse(t.Context(), staff, "go-101", settings); err != nil {
		t.Fatal(err)
	}
	if wait, err := roster.LongestWait(t.Context(), staff, "go-101"); wait != 0 || err != nil {
		t.Errorf("no one waits, but the longest wait is %v, %v", wait, err)
	}
	for _, learner := range []domain.LearnerID{"ada", "bob"} {
		if _, err := roster.Enroll(t.Context(), staff, "go-101", learner); err != nil {
			t.Fatal(err)
		}
	}
	// How long bob has waited depends on the clock of the machine, so the test can say little about it.
	if wait, err := roster.LongestWait(t.Context(), staff, "go-101"); wait < 0 || err != nil {
		t.Errorf("the longest wait is %v, %v", wait, err)
	}
}
