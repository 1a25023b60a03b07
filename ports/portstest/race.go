package portstest

import (
	"fmt"
	"sync"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var raceCases = []Case[Open]{
	{"last seats", "from load to save nobody else changes a course of need", lastSeats},
	{"one creator", "where somebody else changed what was loaded, Update begins again", oneCreator},
	{"two courses at once", "courses are needed in order of id, so that locks are taken in one order", twoCoursesAtOnce},
	{"reads during an update", "a Reader sees committed state and never waits for an Update", readsDuringAnUpdate},
	{"snapshot", "in a Snapshot every read sees the same committed state, whatever is updated meanwhile", snapshot},
}

// together runs n calls of f at once and waits for all.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan bool)
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func lastSeats(t testing.TB, open Open) {
	const clients, seats = 64, 10
	w := newWorld(t, open)
	w.put("c", seats)
	ids := learners(clients)
	together(clients, func(i int) {
		err := w.change(w.needs("c", 0, ids[i]), func(r *domain.Roster) {
			if _, err := r.Enroll(ids[i], newEnrollment(), w.at); err != nil {
				t.Errorf("enroll: %v", err)
			}
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	if c := w.course("c"); c.SeatsTaken != seats || c.WaitlistLength != clients-seats || c.Sequence != 1+clients {
		t.Errorf("course is %+v, want %d seats taken, %d in line after %d changes", c, seats, clients-seats, 1+clients)
	}
	if n := len(w.standings("c", domain.Enrolled)); n != seats {
		t.Errorf("%d learners hold the %d seats", n, seats)
	}
	w.audit("c")
}

func oneCreator(t testing.TB, open Open) {
	const clients = 16
	w := newWorld(t, open)
	created := make([]bool, clients)
	together(clients, func(i int) {
		title, capacity := fmt.Sprintf("by %d", i), i
		err := w.change(w.needs("c", 0), func(r *domain.Roster) {
			created[i] = !r.Course.Exists()
			_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, w.at)
			if err != nil {
				t.Errorf("put: %v", err)
			}
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	n := 0
	for _, c := range created {
		if c {
			n++
		}
	}
	if c := w.course("c"); n != 1 || c.Sequence != clients {
		t.Errorf("%d created the course, and it changed %d times; want 1 and %d", n, c.Sequence, clients)
	}
	w.audit("c")
}

func twoCoursesAtOnce(t testing.TB, open Open) {
	const clients = 24
	w := newWorld(t, open)
	w.put("a", 1000)
	w.put("b", 1000)
	ids := learners(clients)
	together(clients, func(i int) {
		need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{
			{ID: "a", Learners: ids[i : i+1]}, {ID: "b", Learners: ids[i : i+1]},
		}}
		if i%3 > 0 { // some need only one of the two
			need.Courses = need.Courses[i%3-1 : i%3]
		}
		err := w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			for _, r := range loaded.Rosters {
				if _, err := r.Enroll(ids[i], newEnrollment(), w.at); err != nil {
					return ports.Changes{}, err
				}
			}
			return changesOf(loaded.Rosters...), nil
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	if a, b := w.course("a"), w.course("b"); a.SeatsTaken != clients/3*2 || b.SeatsTaken != clients/3*2 {
		t.Errorf("%d and %d seats taken, want %d on each", a.SeatsTaken, b.SeatsTaken, clients/3*2)
	}
	w.audit("a", "b")
}

func readsDuringAnUpdate(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada", "bob")
	before := w.course("c")
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- w.change(w.needs("c", 1, "ada"), func(r *domain.Roster) {
			if _, err := r.Withdraw("ada", w.at); err != nil {
				t.Errorf("withdraw: %v", err)
			}
			close(inside)
			<-leave
		})
	}()
	w.inside(inside, left)
	if c := w.course("c"); c != before { // a reader that waits for the update fails by its deadline
		t.Errorf("course is %+v during an update, want %+v", c, before)
	}
	w.lineIs("c", "bob")
	w.audit("c")
	close(leave)
	w.must(<-left)
	w.lineIs("c")
	w.audit("c")
}

// inside waits until an update is at its decision, or has failed before.
func (w *world) inside(inside <-chan bool, left <-chan error) {
	w.Helper()
	select {
	case <-inside:
	case err := <-left:
		w.Fatalf("Update ended before it decided: %v", err)
	}
}

func snapshot(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.put("c", 1)
	w.enroll("c", "ada", "bob")
	before := w.course("c")
	w.must(w.store.Snapshot(w.ctx(), tenant, func(then ports.Reader) error {
		first, err := then.Course(w.ctx(), tenant, "c")
		w.must(err)
		w.withdraw("c", "ada")
		w.enroll("c", "cyd")
		second, err := then.Course(w.ctx(), tenant, "c")
		w.must(err)
		if first != before || second != before {
			t.Errorf("course is %+v, then %+v; want %+v twice", first, second, before)
		}
		standings, err := then.Standings(w.ctx(), tenant, "c", ports.StandingPage{Limit: 10})
		w.must(err)
		if len(standings) != 2 || standings[0].Status != domain.Enrolled || standings[1].Position != 1 {
			t.Errorf("standings are %+v, want ada enrolled and bob first in line", standings)
		}
		one, err := then.Standing(w.ctx(), tenant, "c", "bob")
		w.must(err)
		if one.Position != 1 {
			t.Errorf("bob is %+v, want him first in line", one)
		}
		n := 0
		for _, err := range then.Journal(w.ctx(), tenant, "c", 0) {
			w.must(err)
			n++
		}
		if n != 3 {
			t.Errorf("the journal has %d entries, want 3", n)
		}
		return nil
	}))
	if c := w.course("c"); c.Sequence != 6 {
		t.Errorf("after the snapshot the course is %+v, want 6 changes", c)
	}
	w.audit("c")
}
