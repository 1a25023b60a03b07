package keys_test

import (
	"errors"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/exercise/keys"
	"example.com/roster/ports"
)

// The actors of the tests. The first two work at the same office.
var (
	staff     = ports.Actor{Tenant: "north", Subject: "staff", Role: ports.Staff}
	colleague = ports.Actor{Tenant: "north", Subject: "colleague", Role: ports.Staff}
	elsewhere = ports.Actor{Tenant: "south", Subject: "staff", Role: ports.Staff}
)

// An office is a desk with what its tests move and break.
type office struct {
	*keys.Desk
	t       *testing.T
	time    time.Time   // of the desk; it stands still until the test moves it
	commits int         // of the store, failed ones included
	fails   func() bool // whether the commit that begins fails; nil: none does
}

// newOffice returns an office with an open course go-101 of one seat, for both tenants.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, time: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)}
	commit := func() error {
		o.commits++
		if o.fails != nil && o.fails() {
			return errors.New("the disk is gone")
		}
		return nil
	}
	o.Desk = &keys.Desk{Store: memstore.New(memstore.WithCommit(commit)), Now: func() time.Time { return o.time }}
	for _, tenant := range []domain.TenantID{staff.Tenant, elsewhere.Tenant} {
		o.change(tenant, func(r *domain.Roster) (domain.Decision, error) {
			return r.Put(domain.Settings{Title: new("Go"), Capacity: new(1)}, o.time)
		})
	}
	return o
}

// open opens or closes the course: a closed one refuses everyone.
func (o *office) open(open bool) {
	o.t.Helper()
	o.change(staff.Tenant, func(r *domain.Roster) (domain.Decision, error) { return r.Put(domain.Settings{Open: &open}, o.time) })
}

// withdraw takes the learner's seat.
func (o *office) withdraw(learner domain.LearnerID) {
	o.t.Helper()
	o.change(staff.Tenant, func(r *domain.Roster) (domain.Decision, error) { return r.Withdraw(learner, "", o.time) }, learner)
}

func (o *office) change(tenant domain.TenantID, decide func(*domain.Roster) (domain.Decision, error), learners ...domain.LearnerID) {
	o.t.Helper()
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "go-101", Learners: learners}}}
	err := o.Store.Update(o.t.Context(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		roster := loaded.Rosters[0]
		decision, err := decide(roster)
		changes := ports.Changes{Courses: []domain.Course{roster.Course}}
		for _, e := range decision.Events {
			if e.Learner != "" {
				changes.Standings = append(changes.Standings, e.Standing())
			}
			changes.Journal = append(changes.Journal, ports.Entry{Event: e})
		}
		return changes, err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// enroll sends a request for a seat on go-101.
func (o *office) enroll(by ports.Actor, key string, learner domain.LearnerID) ports.Reply {
	return o.Enroll(o.t.Context(), by, key, "go-101", learner)
}

// course returns the counters of go-101.
func (o *office) course() domain.Course {
	o.t.Helper()
	c, err := o.Store.Course(o.t.Context(), staff.Tenant, "go-101")
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func TestDesk(t *testing.T) {
	o := newOffice(t)
	if got, err := o.enroll(staff, "", "ada").One(); err != nil || got.Standing.Status != domain.Enrolled {
		t.Errorf("ada: got %q, %v, want the seat", got.Standing.Status, err)
	}
	if got, err := o.enroll(staff, "", "bob").One(); err != nil || got.Standing.Status != domain.Waitlisted || got.Position != 1 {
		t.Errorf("bob: got %q at %d, %v, want the first place on the waitlist", got.Standing.Status, got.Position, err)
	}
	if _, err := o.enroll(staff, "", "ada").One(); !errors.Is(err, domain.ErrAlreadyEnrolled) {
		t.Errorf("ada, again, without a key: got %v, want %v", err, domain.ErrAlreadyEnrolled)
	}
}

func TestDeskRetry(t *testing.T) {
	o := newOffice(t)
	first := o.enroll(staff, "k-1", "ada")
	retry := o.enroll(staff, "k-1", "ada")
	got, err := retry.One()
	if err != nil || got.Standing != first.Outcomes[0].Standing {
		t.Errorf("a retry under the same key must get the first reply (%q), got %q, %v", first.Outcomes[0].Standing.Status, got.Standing.Status, err)
	}
	if !retry.Replayed || !retry.ReplayedAt.Equal(o.time) {
		t.Errorf("a reply that is given again says so: want Replayed, and ReplayedAt %v, got %t, %v", o.time, retry.Replayed, retry.ReplayedAt)
	}
}
