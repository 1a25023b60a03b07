package seats_test

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/roster/exercise/seats"
)

// A third store, of a colleague. It loads and saves, and knows no rule.
type third struct{ course seats.Course }

var _ seats.Store = (*third)(nil)

func (s *third) Create(c seats.Course) error                             { s.course = c; return nil }
func (s *third) Load(id string) (seats.Course, error)                    { return s.course, nil }
func (s *third) Update(_ string, decide func(*seats.Course) error) error { return decide(&s.course) }

func TestThirdStore(t *testing.T) {
	store := &third{seats.Course{ID: "go-101", Capacity: 1}}
	service := seats.NewService(store)
	for _, learner := range []string{"ada", "bob", "cyd"} {
		_, _ = service.Enroll("go-101", learner)
	}
	if want := (seats.Course{ID: "go-101", Capacity: 1, Enrolled: []string{"ada"}, Waiting: []string{"bob"}}); !reflect.DeepEqual(store.course, want) {
		t.Errorf("on a third store, which knows no rule: the course is %+v, want %+v", store.course, want)
	}
}

// What Update promises.
func TestUpdate(t *testing.T) {
	for name, open := range stores {
		store := open(t)
		before := seats.Course{ID: "go-101", Capacity: 2, Enrolled: []string{"ada"}}
		if err := store.Create(before); err != nil {
			t.Fatal(err)
		}
		no := errors.New("no")
		err := store.Update("go-101", func(c *seats.Course) error {
			c.Capacity, c.Enrolled[0] = 9, "eve"
			c.Waiting = append(c.Waiting, "zoe")
			return no
		})
		if after, _ := store.Load("go-101"); !errors.Is(err, no) || !slices.Equal(after.Enrolled, before.Enrolled) || len(after.Waiting) > 0 || after.Capacity != 2 {
			t.Errorf("%s: decide returned an error, so nothing may be saved: Update returned %v, and the course is %+v, want %+v", name, err, after, before)
		}
		if err := store.Update("none", func(*seats.Course) error { return nil }); !errors.Is(err, seats.ErrUnknown) {
			t.Errorf("%s: an update of an unknown course: got %v, want ErrUnknown", name, err)
		}
	}
}

// Two learners ask for the last seat. One decision must end before the other one begins to load.
func TestLastSeat(t *testing.T) {
	for name, open := range stores {
		store := open(t)
		if err := store.Create(seats.Course{ID: "go-101", Capacity: 1}); err != nil {
			t.Fatal(err)
		}
		enroll := func(c *seats.Course, learner string) error {
			if len(c.Enrolled) < c.Capacity {
				c.Enrolled = append(c.Enrolled, learner)
			}
			return nil
		}
		between, second := make(chan bool), make(chan error)
		arrive := sync.OnceFunc(func() { close(between) }) // a store may call decide twice
		first := store.Update("go-101", func(c *seats.Course) error {
			go func() {
				second <- store.Update("go-101", func(c *seats.Course) error {
					arrive()
					return enroll(c, "bob")
				})
			}()
			select {
			case <-between:
				t.Errorf("%s: a second Update loads while the first one decides: both see the last seat", name)
			case <-time.After(time.Second): // it waits, as it must
			}
			return enroll(c, "ada")
		})
		if err := errors.Join(first, <-second); err != nil {
			t.Fatal(err)
		}
		if c, err := store.Load("go-101"); err != nil || !slices.Equal(c.Enrolled, []string{"ada"}) {
			t.Errorf("%s: ada has the last seat, but the store has %+v, %v", name, c, err)
		}
	}
}
