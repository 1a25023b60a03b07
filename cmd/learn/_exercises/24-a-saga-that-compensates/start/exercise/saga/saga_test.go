package saga_test

import (
	"context"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/exercise/saga"
	"example.com/roster/ports"
)

var staff = ports.Actor{Tenant: "default", Subject: "test", Role: ports.Staff}

// patientBank accepts every order. Its answers are calls of OnRefused in the tests.
type patientBank struct{}

func (patientBank) Charge(context.Context, domain.EnrollmentID, domain.LearnerID) error { return nil }

// newRoster returns the real service, in memory, with a course of one seat: ada has it, and bob waits.
func newRoster(t *testing.T) (roster *application.Service, ada saga.Seat) {
	t.Helper()
	roster = application.New(memstore.New())
	if _, err := roster.PutCourse(t.Context(), staff, "go-101", domain.Settings{Title: new("Go"), Capacity: new(1)}); err != nil {
		t.Fatal(err)
	}
	first, err := roster.Enroll(t.Context(), staff, "go-101", "ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roster.Enroll(t.Context(), staff, "go-101", "bob"); err != nil {
		t.Fatal(err)
	}
	return roster, saga.Seat{Course: "go-101", Learner: "ada", Enrollment: first.Standing.Enrollment}
}

// requireStatus requires what a learner holds.
func requireStatus(t *testing.T, roster *application.Service, learner domain.LearnerID, want domain.Status) {
	t.Helper()
	got, err := roster.Standing(t.Context(), staff, "go-101", learner)
	if err != nil || got.Status != want {
		t.Errorf("%s is %s, %v; want %s", learner, got.Status, err, want)
	}
}

func TestARefusedChargeGivesTheSeatBack(t *testing.T) {
	roster, ada := newRoster(t)
	s := saga.New(roster, patientBank{})
	for range 2 { // each message arrives twice
		if err := s.OnSeat(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
	requireStatus(t, roster, "ada", domain.Enrolled)
	for range 2 {
		if err := s.OnRefused(t.Context(), ada.Enrollment); err != nil {
			t.Error(err)
		}
	}
	requireStatus(t, roster, "ada", domain.Withdrawn)
	requireStatus(t, roster, "bob", domain.Enrolled)
}
