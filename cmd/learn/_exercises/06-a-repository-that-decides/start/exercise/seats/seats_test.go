package seats_test

import (
	"errors"
	"testing"

	"example.com/roster/exercise/seats"
)

var stores = map[string]func(t *testing.T) seats.Store{
	"memory": func(*testing.T) seats.Store { return seats.NewMemory() },
	"files":  func(t *testing.T) seats.Store { return seats.NewFiles(t.TempDir()) },
}

func TestEnroll(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		store := open(t)
		if err := store.Create(seats.Course{ID: "go-101", Capacity: 1}); err != nil {
			t.Fatal(err)
		}
		service := seats.NewService(store)
		for _, is := range []struct {
			course, learner string
			want            seats.Status
			refused         error
		}{
			{"go-101", "ada", seats.Seated, nil},
			{"go-101", "ada", "", seats.ErrAlready},
			{"go-101", "bob", seats.Waitlist, nil},
			{"go-101", "bob", "", seats.ErrAlready},
			{"none", "ada", "", seats.ErrUnknown},
		} {
			if got, err := service.Enroll(is.course, is.learner); got != is.want || !errors.Is(err, is.refused) {
				t.Errorf("%s: %s on %s: got %q, %v, want %q, %v", name, is.learner, is.course, got, err, is.want, is.refused)
			}
		}
	}
}
