package lastseat_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/exercise/lastseat"
	"example.com/roster/ports"
)

// An interleavedStore lets another desk run before each read and each write of its own desk, and makes each decision twice, as a store
// does after a conflict.
type interleavedStore struct {
	ports.Store
	between func()
}

func (s *interleavedStore) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	defer s.between()
	return s.Store.Course(ctx, tenant, id)
}

func (s *interleavedStore) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	dropped := errors.New("the decision is dropped")
	err := s.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		_, err := decide(loaded)
		return ports.Changes{}, errors.Join(dropped, err)
	})
	if !errors.Is(err, dropped) {
		return err
	}
	s.between()
	return s.Store.Update(ctx, need, decide)
}

// A visit is one learner at a desk of the learner's own.
type visit struct {
	learner domain.LearnerID
	got     domain.Standing
	err     error
}

// String says what the learner got, without the details of the standing.
func (v visit) String() string {
	return fmt.Sprintf("(%s: %q, error %v)", v.learner, v.got.Status, v.err)
}

// interleave lets each learner enroll at a desk of their own, while the one before has read and has not written. It returns the answers.
func interleave(t *testing.T, store ports.Store, learners ...domain.LearnerID) (visits []visit) {
	t.Helper()
	within(t, func() { visits = visitAll(t, store, learners) })
	return visits
}

func visitAll(t *testing.T, store ports.Store, learners []domain.LearnerID) []visit {
	if len(learners) == 0 {
		return nil
	}
	var others []visit
	came := false
	own := &interleavedStore{Store: store}
	own.between = func() {
		if !came {
			came = true
			others = visitAll(t, store, learners[1:])
		}
	}
	got, err := (&lastseat.Desk{Store: own}).Enroll(t.Context(), "go-101", learners[0], time.Time{})
	return append(others, visit{learners[0], got, err})
}

// agrees fails the test unless answers, standings, counters and journal say the same.
func agrees(t *testing.T, store ports.Store, seats int, visits []visit) {
	t.Helper()
	c, err := store.Course(t.Context(), lastseat.Tenant, "go-101")
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Standings(t.Context(), lastseat.Tenant, "go-101", ports.StandingPage{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[domain.Status]int)
	stored := make(map[domain.LearnerID]domain.Standing)
	for _, s := range all {
		count[s.Status]++
		stored[s.Learner] = s.Standing
	}
	if n := count[domain.Enrolled]; n > seats {
		t.Errorf("Oversold: the course has %d seats, and %d learners hold one.", seats, n)
	}
	if c.SeatsTaken != count[domain.Enrolled] || c.WaitlistLength != count[domain.Waitlisted] {
		t.Errorf("A learner is lost, or counted twice: the course counts %d seats taken and %d learners who wait, and the standings that are stored say %d and %d. "+
			"A decision did not know what was stored when it was saved.",
			c.SeatsTaken, c.WaitlistLength, count[domain.Enrolled], count[domain.Waitlisted])
	}
	for _, v := range visits {
		if v.err == nil && stored[v.learner] != v.got {
			t.Errorf("%s got the answer %q (change %d), and stored is %q (change %d). An answer must be what was saved.", v.learner, v.got.Status, v.got.Sequence,
				stored[v.learner].Status, stored[v.learner].Sequence)
		}
	}
	next := int64(1)
	for e, err := range store.Journal(t.Context(), lastseat.Tenant, "go-101", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Sequence != next {
			t.Errorf("The journal has change %d after change %d: two decisions were made about the same state.", e.Sequence, next-1)
			break
		}
		next = e.Sequence + 1
	}
}

func TestCheckLastSeat(t *testing.T) {
	store := newStore(t)
	visits := interleave(t, store, "ada", "bob")
	for _, v := range visits {
		if v.err != nil {
			t.Errorf("%s: %v. The learner who does not get the seat must wait: the course has a waitlist.", v.learner, v.err)
		}
	}
	agrees(t, store, 1, visits)
}

func TestCheckWaitlist(t *testing.T) {
	store := newStore(t)
	interleave(t, store, "ada")
	visits := interleave(t, store, "bob", "cyd", "dan")
	agrees(t, store, 1, visits)
	for _, v := range visits {
		if v.got.Status != domain.Waitlisted {
			t.Errorf("%s: got %q, %v, want a place on the waitlist", v.learner, v.got.Status, v.err)
		}
	}
}

func TestCheckSameLearner(t *testing.T) {
	store := newStore(t)
	visits := interleave(t, store, "ada", "ada")
	enrolled, refused := 0, 0
	for _, v := range visits {
		switch {
		case v.err == nil && v.got.Status == domain.Enrolled:
			enrolled++
		case errors.Is(v.err, domain.ErrAlreadyEnrolled):
			refused++
		}
	}
	if enrolled != 1 || refused != 1 {
		t.Errorf("One learner asks at two desks at once: want one seat and one refusal (%v), got %v", domain.ErrAlreadyEnrolled, visits)
	}
	agrees(t, store, 1, nil)
}

func TestCheckManyDesks(t *testing.T) {
	store := newStore(t)
	var learners []domain.LearnerID
	for i := range 20 {
		learners = append(learners, domain.LearnerID(fmt.Sprint("learner-", i)))
	}
	agrees(t, store, 1, interleave(t, store, learners...))
}

func TestCheckRefusals(t *testing.T) {
	store := newStore(t)
	within(t, func() {
		desk := &lastseat.Desk{Store: store}
		if _, err := desk.Enroll(t.Context(), "unknown", "ada", time.Time{}); !errors.Is(err, domain.ErrCourseNotFound) {
			t.Errorf("a course that does not exist: got %v, want %v", err, domain.ErrCourseNotFound)
		}
	})
}
