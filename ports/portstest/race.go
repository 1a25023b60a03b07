package portstest

import (
	"fmt"
	"sync"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var raceCases = []Case[Open]{
	{"last seats", "From load to save, nothing else may change a course of need", lastSeats},
	{"one creator", "After a conflict Update must retry", oneCreator},
	{"two courses at once", "in order of id, so that locks are taken in one order", twoCoursesAtOnce},
	{"reads during an update", "A Reader sees committed state, and must never wait for an Update.", readsDuringAnUpdate},
	{"snapshot", "every read must see the same committed state, whatever is updated meanwhile", snapshot},
}

// together runs n calls of f concurrently and waits for all.
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
	f := newFixture(t, open)
	f.put("c", seats)
	ids := learners(clients)
	together(clients, func(i int) {
		err := f.change(f.needs("c", 0, ids[i]), func(r *domain.Roster) {
			if _, err := r.Enroll(ids[i], newEnrollment(), false, f.at); err != nil {
				t.Errorf("enroll: %v", err)
			}
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	if c := f.course("c"); c.SeatsTaken != seats || c.WaitlistLength != clients-seats || c.Sequence != 1+clients {
		t.Errorf("course is %+v, want %d seats taken, %d waiting after %d changes", c, seats, clients-seats, 1+clients)
	}
	if n := len(f.standings("c", domain.Enrolled)); n != seats {
		t.Errorf("%d learners hold the %d seats", n, seats)
	}
	f.audit("c")
}

func oneCreator(t testing.TB, open Open) {
	const clients = 16
	f := newFixture(t, open)
	created := make([]bool, clients)
	together(clients, func(i int) {
		title, capacity := fmt.Sprintf("by %d", i), i
		err := f.change(f.needs("c", 0), func(r *domain.Roster) {
			created[i] = !r.Course.Exists()
			_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
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
	if c := f.course("c"); n != 1 || c.Sequence != clients {
		t.Errorf("%d created the course, and it changed %d times; want 1 and %d", n, c.Sequence, clients)
	}
	f.audit("c")
}

func twoCoursesAtOnce(t testing.TB, open Open) {
	const clients = 24
	f := newFixture(t, open)
	f.put("a", 1000)
	f.put("b", 1000)
	ids := learners(clients)
	together(clients, func(i int) {
		need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{
			{ID: "a", Learners: ids[i : i+1]}, {ID: "b", Learners: ids[i : i+1]},
		}}
		if i%3 > 0 { // some need only one of the two
			need.Courses = need.Courses[i%3-1 : i%3]
		}
		err := f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			for _, r := range loaded.Rosters {
				if _, err := r.Enroll(ids[i], newEnrollment(), false, f.at); err != nil {
					return ports.Changes{}, err
				}
			}
			return changesOf(loaded.Rosters...), nil
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	if a, b := f.course("a"), f.course("b"); a.SeatsTaken != clients/3*2 || b.SeatsTaken != clients/3*2 {
		t.Errorf("%d and %d seats taken, want %d on each", a.SeatsTaken, b.SeatsTaken, clients/3*2)
	}
	f.audit("a", "b")
}

func readsDuringAnUpdate(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada", "bob")
	before := f.course("c")
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- f.change(f.needs("c", 1, "ada"), func(r *domain.Roster) {
			if _, err := r.Withdraw("ada", "", f.at); err != nil {
				t.Errorf("withdraw: %v", err)
			}
			close(inside)
			<-leave
		})
	}()
	f.waitForDecide(inside, left)
	if c := f.course("c"); c != before { // a reader that waits for the update fails by its deadline
		t.Errorf("course is %+v during an update, want %+v", c, before)
	}
	f.waitlistIs("c", "bob")
	f.audit("c")
	close(leave)
	f.must(<-left)
	f.waitlistIs("c")
	f.audit("c")
}

// waitForDecide waits until an update calls decide, or fails before that.
func (f *fixture) waitForDecide(inside <-chan bool, left <-chan error) {
	f.Helper()
	select {
	case <-inside:
	case err := <-left:
		f.Fatalf("Update ended before it decided: %v", err)
	}
}

func snapshot(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada", "bob")
	before := f.course("c")
	f.must(f.store.Snapshot(f.ctx(), tenant, func(then ports.Reader) error {
		first, err := then.Course(f.ctx(), tenant, "c")
		f.must(err)
		f.withdraw("c", "ada")
		f.enroll("c", "cyd")
		second, err := then.Course(f.ctx(), tenant, "c")
		f.must(err)
		if first != before || second != before {
			t.Errorf("course is %+v, then %+v; want %+v twice", first, second, before)
		}
		standings, err := then.Standings(f.ctx(), tenant, "c", ports.StandingPage{Limit: 10})
		f.must(err)
		if len(standings) != 2 || standings[0].Status != domain.Enrolled || standings[1].Position != 1 {
			t.Errorf("standings are %+v, want ada enrolled and bob first on the waitlist", standings)
		}
		one, err := then.Standing(f.ctx(), tenant, "c", "bob")
		f.must(err)
		if one.Position != 1 {
			t.Errorf("bob is %+v, want position 1", one)
		}
		n := 0
		for _, err := range then.Journal(f.ctx(), tenant, "c", 0) {
			f.must(err)
			n++
		}
		if n != 3 {
			t.Errorf("the journal has %d entries, want 3", n)
		}
		return nil
	}))
	if c := f.course("c"); c.Sequence != 6 {
		t.Errorf("after the snapshot the course is %+v, want 6 changes", c)
	}
	f.audit("c")
}
