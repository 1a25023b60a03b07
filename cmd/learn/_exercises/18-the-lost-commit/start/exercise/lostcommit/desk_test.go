package lostcommit_test

import (
	"fmt"
	"slices"
	"testing"

	"example.com/roster/exercise/lostcommit"
)

// newDesk returns a desk for the course go-101 with two seats.
func newDesk() *lostcommit.Desk {
	ids := 0
	return &lostcommit.Desk{
		DB:    lostcommit.NewDB("go-101", 2),
		NewID: func() string { ids++; return fmt.Sprint("seat-", ids) },
	}
}

// stored returns the seats that are stored when all transactions have ended.
func stored(t *testing.T, desk *lostcommit.Desk) []lostcommit.Seat {
	t.Helper()
	desk.DB.Down, desk.DB.OnBegin = false, nil
	tx, err := desk.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := tx.Lock("go-101"); err != nil {
		t.Fatal(err)
	}
	seats, _, err := tx.Seats("go-101")
	if err != nil {
		t.Fatal(err)
	}
	return seats
}

func TestEnroll(t *testing.T) {
	desk := newDesk()
	for _, c := range []struct {
		learner string
		want    error
	}{{"ada", nil}, {"ada", lostcommit.ErrAlreadyEnrolled}, {"bob", nil}, {"cyd", lostcommit.ErrFull}} {
		if _, err := desk.Enroll(t.Context(), "go-101", c.learner); err != c.want {
			t.Errorf("%s: got %v, want %v", c.learner, err, c.want)
		}
	}
}

// The answer to COMMIT is lost. The learner must get one seat, and the answer that is true.
func TestLostAnswer(t *testing.T) {
	for name, lost := range map[string]lostcommit.Lost{"it was stored": lostcommit.Stored, "it was not stored": lostcommit.RolledBack} {
		desk := newDesk()
		desk.DB.Lost = []lostcommit.Lost{lost}
		got, err := desk.Enroll(t.Context(), "go-101", "ada")
		if seats := stored(t, desk); err != nil || !slices.Equal(seats, []lostcommit.Seat{got}) {
			t.Errorf("%s: the answer is %v, %v, and stored is %v", name, got, err, seats)
		}
	}
}
