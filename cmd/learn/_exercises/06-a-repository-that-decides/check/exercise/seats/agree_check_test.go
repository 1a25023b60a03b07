package seats_test

import (
	"errors"
	"testing"

	"example.com/roster/exercise/seats"
)

// Both stores give the same answers, in states that seats_test.go does not reach.
func TestStoresAgree(t *testing.T) {
	for _, is := range []struct {
		because string
		course  seats.Course
		want    seats.Status
		refused error
	}{
		{"a free seat is for those who wait", seats.Course{Capacity: 2, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, seats.Waitlist, nil},
		{"the waitlist has as many places as the course has seats", seats.Course{Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}, "", seats.ErrFull},
		{"a course without seats", seats.Course{}, "", seats.ErrFull},
		{"a free seat, and no one waits", seats.Course{Capacity: 2, Enrolled: []string{"ada"}}, seats.Seated, nil},
	} {
		for _, name := range []string{"memory", "files"} {
			store := stores[name](t)
			is.course.ID = "go-101"
			if err := store.Create(is.course); err != nil {
				t.Fatal(err)
			}
			if got, err := seats.NewService(store).Enroll("go-101", "new"); got != is.want || !errors.Is(err, is.refused) {
				t.Errorf("On the store %q: %s, but a newcomer to %+v gets %q, %v; want %q, %v", name, is.because, is.course, got, err, is.want, is.refused)
			}
		}
	}
}
