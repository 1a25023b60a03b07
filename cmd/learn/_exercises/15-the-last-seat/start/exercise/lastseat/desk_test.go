package lastseat_test

import (
	"context"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/exercise/lastseat"
	"example.com/roster/ports"
)

// newStore returns a store with a course of one seat.
func newStore(t *testing.T) ports.Store {
	t.Helper()
	store := memstore.New()
	need := ports.Need{Tenant: lastseat.Tenant, Courses: []ports.NeedCourse{{ID: "go-101"}}}
	err := store.Update(t.Context(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		roster := loaded.Rosters[0]
		decision, err := roster.Put(domain.Settings{Title: new("Go"), Capacity: new(1)}, time.Time{})
		return ports.Changes{Courses: []domain.Course{roster.Course}, Journal: []ports.Entry{{ID: "1", Event: decision.Events[0]}}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// A meanwhileStore calls meanwhile once, when its desk has read and not yet written. So another desk always comes in between.
type meanwhileStore struct {
	ports.Store
	meanwhile func()
}

func (s *meanwhileStore) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	if act := s.meanwhile; act != nil {
		s.meanwhile = nil
		act()
	}
	return s.Store.Update(ctx, need, decide)
}

// within ends a test whose desks wait for each other for ever.
func within(t *testing.T, act func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); act() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("A desk waits for another one, which waits for it. Is there a lock for all desks of this process? The desks are processes of their own: only " +
			"the store can keep them apart.")
	}
}

func TestOneAfterTheOther(t *testing.T) {
	desk := &lastseat.Desk{Store: newStore(t)}
	if got, err := desk.Enroll(t.Context(), "go-101", "ada", time.Time{}); err != nil || got.Status != domain.Enrolled {
		t.Errorf("ada: got %q, %v, want the seat", got.Status, err)
	}
	if got, err := desk.Enroll(t.Context(), "go-101", "bob", time.Time{}); err != nil || got.Status != domain.Waitlisted {
		t.Errorf("bob: got %q, %v, want the waitlist", got.Status, err)
	}
	if _, err := desk.Enroll(t.Context(), "go-101", "ada", time.Time{}); err != domain.ErrAlreadyEnrolled {
		t.Errorf("ada, again: got %v, want %v", err, domain.ErrAlreadyEnrolled)
	}
}

// Both desks see the last seat as free. One learner gets it.
func TestTwoDesksAtTheLastSeat(t *testing.T) {
	store := newStore(t)
	one, other := &meanwhileStore{Store: store}, &lastseat.Desk{Store: store}
	one.meanwhile = func() {
		if _, err := other.Enroll(t.Context(), "go-101", "bob", time.Time{}); err != nil {
			t.Errorf("bob: %v", err)
		}
	}
	within(t, func() {
		desk := &lastseat.Desk{Store: one}
		if _, err := desk.Enroll(t.Context(), "go-101", "ada", time.Time{}); err != nil && err != domain.ErrCourseFull {
			t.Errorf("ada: %v", err)
		}
	})
	seated, err := store.Standings(t.Context(), lastseat.Tenant, "go-101", ports.StandingPage{Status: domain.Enrolled, Limit: 10})
	if err != nil || len(seated) != 1 {
		t.Errorf("one seat, and these learners hold one: %v, %v", seated, err)
	}
}
