package lostcommit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/roster/exercise/lostcommit"
)

// bounded ends a test whose desk tries for ever.
func bounded(t *testing.T, desk *lostcommit.Desk) {
	desk.DB.OnBegin = func(n int) {
		if n > 1000 {
			t.Fatal("After 1,000 transactions Enroll still tries. A caller waits for the answer: after some attempts, say that the result is unknown (ErrUnknown).")
		}
	}
}

// enrolls fails the test unless ada gets one seat, and the answer is that seat.
func enrolls(t *testing.T, desk *lostcommit.Desk, when string) {
	t.Helper()
	bounded(t, desk)
	got, err := desk.Enroll(t.Context(), "go-101", "ada")
	if n := desk.DB.Open(); n != 0 {
		t.Errorf("%s: %d transactions have not ended", when, n)
	}
	seats := stored(t, desk)
	switch {
	case len(seats) > 1:
		t.Errorf("%s: ada has %d seats: %v. The first attempt was stored after all, and it was done again.", when, len(seats), seats)
	case err != nil && len(seats) == 1:
		t.Errorf("%s: the answer is the error %q, and ada has the seat %s, by this very call.", when, err, seats[0].ID)
	case err != nil:
		t.Errorf("%s: got the error %q. Nothing is stored, so this can be tried again.", when, err)
	case !slices.Equal(seats, []lostcommit.Seat{got}):
		t.Errorf("%s: the answer is %v, and stored is %v", when, got, seats)
	}
}

// fates are what may become of a transaction, by [lostcommit.Lost].
var fates = []string{
	lostcommit.Stored:     "it was stored",
	lostcommit.RolledBack: "COMMIT never arrived",
	lostcommit.Running:    "the database still works on it, and stores it in a moment",
	lostcommit.Dying:      "the database still works on it, and rolls it back in a moment",
}

func TestCheckLostAnswer(t *testing.T) {
	for lost, name := range fates {
		desk := newDesk()
		desk.DB.Lost = []lostcommit.Lost{lostcommit.Lost(lost)}
		enrolls(t, desk, "The answer to COMMIT is lost, and "+name)
	}
}

func TestCheckLostTwice(t *testing.T) {
	for first := range fates {
		for second, name := range fates {
			desk := newDesk()
			desk.DB.Lost = []lostcommit.Lost{lostcommit.Lost(first), lostcommit.Lost(second)}
			enrolls(t, desk, fmt.Sprintf("Two answers are lost (%s; then %s)", fates[first], name))
			if t.Failed() {
				return
			}
		}
	}
}

// What other requests do meanwhile must not be mistaken for one's own work.
func TestCheckMeanwhile(t *testing.T) {
	for _, c := range []struct {
		others []string
		want   error
	}{
		{[]string{"ada"}, lostcommit.ErrAlreadyEnrolled},
		{[]string{"bob", "cyd"}, lostcommit.ErrFull},
	} {
		for _, lost := range []lostcommit.Lost{lostcommit.RolledBack, lostcommit.Dying} {
			desk := newDesk()
			bounded(t, desk)
			desk.DB.Lost = []lostcommit.Lost{lost}
			var others []lostcommit.Seat
			desk.DB.OnLost = func() {
				for _, learner := range c.others {
					s, err := (&lostcommit.Desk{DB: desk.DB, NewID: func() string { return "other-" + learner }}).Enroll(t.Context(), "go-101", learner)
					if err != nil {
						t.Fatal(err)
					}
					others = append(others, s)
				}
			}
			got, err := desk.Enroll(t.Context(), "go-101", "ada")
			if !errors.Is(err, c.want) || got != (lostcommit.Seat{}) {
				t.Errorf("The answer to ada's COMMIT is lost, it was not stored, and %v enrolled by other requests meanwhile: want %q, got %v, %v", c.others, c.want, got, err)
				if err == nil {
					t.Error("Look for what this call has sent, not for the learner.")
				}
				return
			}
			if seats := stored(t, desk); !slices.Equal(seats, others) {
				t.Errorf("stored is %v, want %v", seats, others)
			}
		}
	}
}

// The caller leaves while COMMIT is on its way. What was sent must be settled in spite of that. If it is not stored, Enroll may try again, or
// return the error of the context.
func TestCheckCallerLeaves(t *testing.T) {
	for lost, name := range fates {
		desk := newDesk()
		bounded(t, desk)
		ctx, leave := context.WithCancel(t.Context())
		desk.DB.Lost, desk.DB.OnLost = []lostcommit.Lost{lostcommit.Lost(lost)}, leave
		got, err := desk.Enroll(ctx, "go-101", "ada")
		seats := stored(t, desk)
		settled := err == nil && slices.Equal(seats, []lostcommit.Seat{got}) || errors.Is(err, context.Canceled) && len(seats) == 0
		if !settled {
			t.Errorf("The caller's context ends during COMMIT, whose answer is lost, and %s: the answer is %v, %v, and stored is %v. Find out what was done in the caller's "+
				"name, although the caller has left.", name, got, err, seats)
		}
	}
}

func TestCheckDatabaseStaysAway(t *testing.T) {
	desk := newDesk()
	bounded(t, desk)
	desk.DB.Lost = []lostcommit.Lost{lostcommit.Stored}
	desk.DB.OnLost = func() { desk.DB.Down = true }
	if got, err := desk.Enroll(t.Context(), "go-101", "ada"); !errors.Is(err, lostcommit.ErrUnknown) || got != (lostcommit.Seat{}) {
		t.Errorf("The answer to COMMIT is lost, and no connection can be made any more: want %q, got %v, %v. Neither success nor failure is known.",
			lostcommit.ErrUnknown, got, err)
	}

	desk = newDesk()
	bounded(t, desk)
	desk.DB.Lost = slices.Repeat([]lostcommit.Lost{lostcommit.RolledBack}, 5000)
	if got, err := desk.Enroll(t.Context(), "go-101", "ada"); !errors.Is(err, lostcommit.ErrUnknown) || got != (lostcommit.Seat{}) {
		t.Errorf("The answer to every COMMIT is lost: want %q, got %v, %v", lostcommit.ErrUnknown, got, err)
	}

	desk = newDesk()
	bounded(t, desk)
	desk.DB.Down = true
	if _, err := desk.Enroll(t.Context(), "go-101", "ada"); err == nil || errors.Is(err, lostcommit.ErrUnknown) {
		t.Errorf("No connection can be made, and nothing was sent: want the error of Begin as it is, got %q", err)
	}
}
