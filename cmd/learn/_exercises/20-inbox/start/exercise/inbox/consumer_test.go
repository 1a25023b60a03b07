package inbox_test

import (
	"testing"

	"example.com/roster/exercise/inbox"
)

// story is what happens on a course, in order. Afterwards it has the capacity 3, and two seats are taken.
func story(course string) []inbox.Event {
	return []inbox.Event{
		{Course: course, Sequence: 1, Type: "course.changed", Capacity: 2},
		{Course: course, Sequence: 2, Type: "learner.enrolled"},
		{Course: course, Sequence: 3, Type: "learner.enrolled"},
		{Course: course, Sequence: 4, Type: "course.changed", Capacity: 5},
		{Course: course, Sequence: 5, Type: "learner.withdrawn"},
		{Course: course, Sequence: 6, Type: "learner.enrolled"},
		{Course: course, Sequence: 7, Type: "course.changed", Capacity: 3},
	}
}

// deliver is the broker: it delivers each event until it is acknowledged.
func deliver(t *testing.T, db *inbox.DB, events ...inbox.Event) {
	t.Helper()
	consumer := &inbox.Consumer{DB: db}
	for _, e := range events {
		for attempt := 1; ; attempt++ {
			err := consumer.Handle(e)
			if err == nil {
				break
			}
			if attempt == 10 {
				t.Fatalf("event %d of %s is refused again and again: %v", e.Sequence, e.Course, err)
			}
		}
	}
}

// is compares the row of a course.
func is(t *testing.T, db *inbox.DB, course string, capacity, seats int, sequence int64) {
	t.Helper()
	if got, want := db.Row(course), (inbox.Row{Capacity: capacity, Seats: seats, Sequence: sequence}); got != want {
		t.Errorf("the row of %s is %+v, want %+v", course, got, want)
	}
}

func TestConsumer(t *testing.T) {
	db := inbox.NewDB()
	deliver(t, db, story("go-101")...)
	is(t, db, "go-101", 3, 2, 7)
}

func TestConsumerTwice(t *testing.T) {
	db := inbox.NewDB()
	for _, e := range story("go-101") {
		deliver(t, db, e, e)
	}
	is(t, db, "go-101", 3, 2, 7)
}
