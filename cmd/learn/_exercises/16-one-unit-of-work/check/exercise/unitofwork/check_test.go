package unitofwork_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/exercise/unitofwork"
	"example.com/roster/ports"
)

type command struct {
	name    string
	learner domain.LearnerID
	run     func(unitofwork.Desk, context.Context, domain.CourseID, domain.LearnerID, time.Time) (domain.Standing, error)
}

var commands = []command{
	{"cyd enrolls", "cyd", unitofwork.Desk.Enroll},
	{"ada withdraws", "ada", unitofwork.Desk.Withdraw},
	{"bob withdraws", "bob", unitofwork.Desk.Withdraw},
}

// In each attempt the disk fails at another commit, for good.
func TestCheckDiskFails(t *testing.T) {
	for _, c := range commands {
		whole, _ := newDesk(t)
		if _, err := c.run(whole, t.Context(), "go-101", c.learner, time.Time{}); err != nil {
			t.Fatal(err)
		}
		done := stored(t, whole)
		for nth := 1; nth <= 8; nth++ {
			desk, disk := newDesk(t)
			before, commits := stored(t, desk), 0
			disk.fails = func() bool { commits++; return commits >= nth }
			got, err := c.run(desk, t.Context(), "go-101", c.learner, time.Time{})
			after := stored(t, desk)
			switch {
			case after != before && after != done:
				t.Errorf("%s, and the disk fails at commit %d and stays away: half of it is stored.\nbefore: %s\nafter:  %s", c.name, nth, before, after)
			case after == before && err == nil:
				t.Errorf("%s, and the disk fails at commit %d: nothing is stored, and the answer is %q without an error. Do not promise what is not saved.",
					c.name, nth, got.Status)
			case after == before && got != (domain.Standing{}):
				t.Errorf("%s, and the disk fails at commit %d: the answer has an error, and says %q too. Nothing of that is stored: return the zero Standing.",
					c.name, nth, got.Status)
			case after == before && !errors.Is(err, ports.ErrUnavailable):
				t.Errorf("%s, and the disk fails at commit %d: got %v, which is not %v any more: keep the store's error, so that the caller can see that a retry may help.",
					c.name, nth, err, ports.ErrUnavailable)
			case after == done && err != nil:
				t.Errorf("%s: it is stored, and the answer is the error %v", c.name, err)
			}
			if t.Failed() {
				break
			}
		}
	}
}

// After a failure the same command is done by a retry.
func TestCheckRetry(t *testing.T) {
	for _, c := range commands {
		whole, _ := newDesk(t)
		_, _ = c.run(whole, t.Context(), "go-101", c.learner, time.Time{})
		desk, disk := newDesk(t)
		disk.fails = func() bool { return true }
		_, _ = c.run(desk, t.Context(), "go-101", c.learner, time.Time{})
		disk.fails = nil
		if _, err := c.run(desk, t.Context(), "go-101", c.learner, time.Time{}); err != nil {
			t.Errorf("%s, after a failure: got %v", c.name, err)
		}
		if got, want := stored(t, desk), stored(t, whole); got != want {
			t.Errorf("%s, after a failure:\ngot  %s\nwant %s", c.name, got, want)
		}
	}
}

// A retryingStore drops the first decision of each Update, as a store does after a conflict, and lets another desk change the course.
type retryingStore struct {
	ports.Store
	meanwhile func()
}

func (s retryingStore) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	dropped := errors.New("the decision is dropped")
	err := s.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		_, err := decide(loaded)
		return ports.Changes{}, errors.Join(dropped, err)
	})
	if !errors.Is(err, dropped) {
		return err
	}
	s.meanwhile()
	return s.Store.Update(ctx, need, decide)
}

func TestCheckConflict(t *testing.T) {
	desk, _ := newDesk(t)
	met := false
	meanwhile := func() {
		if !met {
			met = true
			if _, err := desk.Withdraw(t.Context(), "go-101", "ada", time.Time{}); err != nil {
				t.Error(err)
			}
		}
	}
	got, err := unitofwork.Desk{Store: retryingStore{desk.Store, meanwhile}}.Enroll(t.Context(), "go-101", "cyd", time.Time{})
	const want = "ada withdrawn, bob enrolled, cyd waitlisted, 1 taken, 1 wait; " +
		"journal: 1 course.opened  2 learner.enrolled ada 3 learner.waitlisted bob 4 learner.withdrawn ada 5 learner.promoted bob 6 learner.waitlisted cyd"
	if after := stored(t, desk); err != nil || got.Sequence != 6 || after != want {
		t.Errorf("Another desk changes the course meanwhile, and the store calls decide again: want the standing of change 6 and no error, got that of change %d and the error %v\ngot  %s\nwant %s",
			got.Sequence, err, after, want)
	}
}

func TestCheckRefusal(t *testing.T) {
	desk, disk := newDesk(t)
	disk.fails = func() bool { return true }
	if got, err := desk.Enroll(t.Context(), "go-101", "ada", time.Time{}); err != domain.ErrAlreadyEnrolled && !errors.Is(err, ports.ErrUnavailable) || got.Live() {
		t.Errorf("ada has a seat and enrolls again: want the error %v and the zero Standing, got %v and a Standing that says %q", domain.ErrAlreadyEnrolled, err, got.Status)
	}
}
