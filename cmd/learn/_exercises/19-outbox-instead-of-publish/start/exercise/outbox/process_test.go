package outbox_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/roster/exercise/outbox"
)

// A broker remembers what it got, in order. What happens in its place is up to the test.
type broker struct {
	got     []outbox.Event
	instead func(outbox.Event) error // nil: the event arrives
}

func (b *broker) Publish(e outbox.Event) error {
	if b.instead != nil {
		if err := b.instead(e); err != nil {
			return err
		}
	}
	b.got = append(b.got, e)
	return nil
}

// learners returns whom the broker knows to have a seat on the course, in order. A consumer ignores an event that it has seen.
func (b *broker) learners(course string) (learners []string) {
	seen := make(map[string]bool)
	for _, e := range b.got {
		if e.Course == course && !seen[e.ID] {
			seen[e.ID] = true
			learners = append(learners, e.Learner)
		}
	}
	return learners
}

func TestPublishes(t *testing.T) {
	db, b := outbox.NewDB(), new(broker)
	p := outbox.NewProcess(db, b)
	for _, learner := range []string{"ada", "bob", "cyd"} {
		if err := p.Enroll("go-101", learner); err != nil {
			t.Error(err)
		}
	}
	if err := p.Run(); err != nil {
		t.Error(err)
	}
	if got, want := b.learners("go-101"), db.Seats("go-101"); !slices.Equal(got, want) {
		t.Errorf("published %v, stored %v", got, want)
	}
}

// The broker is down for a while. Learners can enroll, and the events are published later.
func TestBrokerIsDown(t *testing.T) {
	db, b := outbox.NewDB(), new(broker)
	p := outbox.NewProcess(db, b)
	b.instead = func(outbox.Event) error { return errors.New("the broker is down") }
	for _, learner := range []string{"ada", "bob"} {
		if err := p.Enroll("go-101", learner); err != nil {
			t.Errorf("%s: %v: the seat has nothing to do with the broker", learner, err)
		}
	}
	_ = p.Run()
	b.instead = nil
	if err := p.Run(); err != nil {
		t.Error(err)
	}
	if got, want := b.learners("go-101"), db.Seats("go-101"); !slices.Equal(got, want) {
		t.Errorf("the broker is up again, and an event is lost: published %v, stored %v", got, want)
	}
}
