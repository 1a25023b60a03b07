package tablestore_test

import (
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"example.com/roster/exercise/signup/rule"
	"example.com/roster/exercise/signup/table"
	"example.com/roster/exercise/signup/tablestore"
	"example.com/roster/exercise/signup/usecase"
)

var _ usecase.Store = tablestore.New(nil)

func TestTableStore(t *testing.T) {
	store := tablestore.New(table.New())
	save := func(course, learner string, want usecase.Loaded, changes usecase.Changes, refuse error) {
		t.Helper()
		err := store.Update(course, learner, func(loaded usecase.Loaded) (usecase.Changes, error) {
			if loaded != want {
				t.Errorf("it loaded %+v about %s on %s, want %+v", loaded, learner, course, want)
			}
			return changes, refuse
		})
		if err != refuse {
			t.Errorf("Update returned %v; decide had returned %v", err, refuse)
		}
	}
	one := rule.Course{Capacity: 1, Seats: 1, Waiting: 2, Open: true}
	no := errors.New("no")
	save("go", "zoe", usecase.Loaded{}, usecase.Changes{Course: one, Standings: []usecase.Standing{{Learner: "zoe", Status: "enrolled"}}}, no)
	save("go", "zoe", usecase.Loaded{}, usecase.Changes{Course: one, Standings: []usecase.Standing{
		{Learner: "zoe", Status: "enrolled"}, {Learner: "yan", Status: "waitlisted"}, {Learner: "bob", Status: "waitlisted"}}}, nil)
	save("go", "bob", usecase.Loaded{Exists: true, Course: one, Held: "waitlisted", FirstWaiting: "yan"}, usecase.Changes{}, no)
	save("rust", "bob", usecase.Loaded{}, usecase.Changes{Course: one}, nil)
	save("rust", "bob", usecase.Loaded{Exists: true, Course: one}, usecase.Changes{}, no)
	save("go", "yan", usecase.Loaded{Exists: true, Course: one, Held: "waitlisted", FirstWaiting: "yan"},
		usecase.Changes{Course: one, Standings: []usecase.Standing{{Learner: "yan", Status: "withdrawn"}}}, nil)
	save("go", "yan", usecase.Loaded{Exists: true, Course: one, Held: "withdrawn", FirstWaiting: "bob"}, usecase.Changes{}, no)
}

// While one decision is made, another one about the same course must wait.
func TestNothingComesBetween(t *testing.T) {
	store := tablestore.New(table.New())
	take := func(loaded usecase.Loaded) (usecase.Changes, error) {
		loaded.Course.Seats++
		return usecase.Changes{Course: loaded.Course}, nil
	}
	between, second := make(chan bool), make(chan error)
	arrive := sync.OnceFunc(func() { close(between) }) // a store may call decide twice
	err := store.Update("go", "ada", func(loaded usecase.Loaded) (usecase.Changes, error) {
		go func() {
			second <- store.Update("go", "bob", func(loaded usecase.Loaded) (usecase.Changes, error) {
				arrive()
				return take(loaded)
			})
		}()
		select {
		case <-between:
			t.Error("A second Update loads while the first one decides: both see the last seat. One transaction must span load, decision and save.")
		case <-time.After(time.Second): // it waits, as it must
		}
		return take(loaded)
	})
	if err := errors.Join(err, <-second); err != nil {
		t.Fatal(err)
	}
	_ = store.Update("go", "", func(loaded usecase.Loaded) (usecase.Changes, error) {
		if want := (rule.Course{Seats: 2}); !reflect.DeepEqual(loaded.Course, want) {
			t.Errorf("two Updates took a seat each: got %+v, want %+v", loaded.Course, want)
		}
		return usecase.Changes{}, errors.New("only looking")
	})
}
