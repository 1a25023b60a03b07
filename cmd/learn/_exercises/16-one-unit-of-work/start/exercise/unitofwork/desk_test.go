package unitofwork_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/exercise/unitofwork"
	"example.com/roster/ports"
)

// A disk fails when the test says so.
type disk struct{ fails func() bool }

func (d *disk) commit() error {
	if d.fails != nil && d.fails() {
		return errors.New("the disk is gone")
	}
	return nil
}

// newDesk returns a desk with a course of one seat, which ada has. bob waits.
func newDesk(t *testing.T) (unitofwork.Desk, *disk) {
	t.Helper()
	d := new(disk)
	desk := unitofwork.Desk{Store: memstore.New(memstore.WithCommit(d.commit))}
	need := ports.Need{Tenant: unitofwork.Tenant, Courses: []ports.NeedCourse{{ID: "go-101"}}}
	err := desk.Store.Update(t.Context(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		roster := loaded.Rosters[0]
		decision, err := roster.Put(domain.Settings{Title: new("Go"), Capacity: new(1)}, time.Time{})
		return ports.Changes{Courses: []domain.Course{roster.Course}, Journal: []ports.Entry{{ID: "1", Event: decision.Events[0]}}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, learner := range []domain.LearnerID{"ada", "bob"} {
		if _, err := desk.Enroll(t.Context(), "go-101", learner, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	return desk, d
}

// stored describes what is stored of the course: who holds what, the counters, and the journal.
func stored(t *testing.T, desk unitofwork.Desk) string {
	t.Helper()
	c, err := desk.Store.Course(t.Context(), unitofwork.Tenant, "go-101")
	if err != nil {
		t.Fatal(err)
	}
	all, err := desk.Store.Standings(t.Context(), unitofwork.Tenant, "go-101", ports.StandingPage{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	held := make(map[domain.LearnerID]domain.Status)
	for _, s := range all {
		held[s.Learner] = s.Status
	}
	text := ""
	for _, learner := range slices.Sorted(maps.Keys(held)) {
		text += fmt.Sprintf("%s %s, ", learner, held[learner])
	}
	text += fmt.Sprintf("%d taken, %d wait; journal:", c.SeatsTaken, c.WaitlistLength)
	for e, err := range desk.Store.Journal(t.Context(), unitofwork.Tenant, "go-101", 0) {
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf(" %d %s %s", e.Sequence, e.Type, e.Learner)
	}
	return text
}

func TestDesk(t *testing.T) {
	desk, _ := newDesk(t)
	if got, err := desk.Enroll(t.Context(), "go-101", "cyd", time.Time{}); err != nil || got.Status != domain.Waitlisted {
		t.Errorf("cyd enrolls: got %q, %v", got.Status, err)
	}
	if got, err := desk.Withdraw(t.Context(), "go-101", "ada", time.Time{}); err != nil || got.Status != domain.Withdrawn {
		t.Errorf("ada withdraws: got %q, %v", got.Status, err)
	}
	if got, err := desk.Withdraw(t.Context(), "go-101", "ada", time.Time{}); err != domain.ErrNotEnrolled {
		t.Errorf("ada withdraws again: got %q, %v, want %v", got.Status, err, domain.ErrNotEnrolled)
	}
	const want = "ada withdrawn, bob enrolled, cyd waitlisted, 1 taken, 1 wait; " +
		"journal: 1 course.opened  2 learner.enrolled ada 3 learner.waitlisted bob 4 learner.waitlisted cyd 5 learner.withdrawn ada 6 learner.promoted bob"
	if got := stored(t, desk); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// One commit of a withdrawal fails, the third. The disk works again at once.
func TestOneCommitFails(t *testing.T) {
	desk, disk := newDesk(t)
	before := stored(t, desk)
	commits := 0
	disk.fails = func() bool { commits++; return commits == 3 }
	_, err := desk.Withdraw(t.Context(), "go-101", "ada", time.Time{})
	if got := stored(t, desk); err != nil && got != before {
		t.Errorf("ada's withdrawal failed (%v), and half of it is stored:\nbefore: %s\nafter:  %s", err, before, got)
	}
}
