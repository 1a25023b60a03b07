package seats_test

import (
	"errors"
	"reflect"
	"testing"

	"example.com/roster/exercise/seats"
)

// The course decides, without any store.
func TestCourse(t *testing.T) {
	for _, is := range []struct {
		because, learner string
		before           seats.Course
		want             seats.Status
		refused          error
		after            seats.Course
	}{
		{"a seat is free", "cyd", seats.Course{Capacity: 2, Enrolled: []string{"ada"}}, seats.Seated, nil, seats.Course{Capacity: 2, Enrolled: []string{"ada", "cyd"}}},
		{"a seat is free, and it is for bob, who waits", "cyd", seats.Course{Capacity: 2, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, seats.Waitlist, nil,
			seats.Course{Capacity: 2, Enrolled: []string{"ada"}, Waiting: []string{"bob", "cyd"}}},
		{"seats and waitlist are full", "cyd", seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, "", seats.ErrFull,
			seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}},
		{"ada has a seat, which is said first", "ada", seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, "", seats.ErrAlready,
			seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}},
		{"bob waits, which is said first", "bob", seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, "", seats.ErrAlready,
			seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}},
	} {
		c := is.before
		if got, err := c.Enroll(is.learner); got != is.want || !errors.Is(err, is.refused) || !reflect.DeepEqual(c, is.after) {
			t.Errorf("%s: %s gets %q, %v, and the course is %+v\n want %q, %v, and %+v", is.because, is.learner, got, err, c, is.want, is.refused, is.after)
		}
	}
}
