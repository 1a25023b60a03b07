package outbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/roster/exercise/outbox"
)

// dead is the panic of a process that ends at this point, as by kill -9.
var dead = errors.New("the process ends here")

// lives calls act, and reports whether the process has not ended in it.
func lives(act func()) (lives bool) {
	defer func() {
		if p := recover(); p != nil && p != any(dead) {
			panic(p)
		} else if p != nil {
			lives = false
		}
	}()
	act()
	return true
}

// settle runs a new process until nothing is left, and compares what is published with what is stored.
func settle(t *testing.T, db *outbox.DB, b *broker, when string) {
	t.Helper()
	b.instead, db.Fails = nil, nil
	if err := outbox.NewProcess(db, b).Run(); err != nil {
		t.Errorf("%s: a new process runs the relay: %v", when, err)
	}
	for _, course := range []string{"go-101", "sql-1"} {
		got, want := b.learners(course), db.Seats(course)
		for _, learner := range want {
			if !slices.Contains(got, learner) {
				t.Errorf("%s: %s has a seat on %s, and no event says so, not even later: the event is lost.", when, learner, course)
			}
		}
		for _, learner := range got {
			if !slices.Contains(want, learner) {
				t.Errorf("%s: an event says that %s has a seat on %s, and it is not stored: the event is a lie.", when, learner, course)
			}
		}
		if !t.Failed() && !slices.Equal(got, want) {
			t.Errorf("%s: published in the order %v, stored in the order %v. Consumers rely on the order of a course. (A learner twice: the same event has got two IDs.)",
				when, got, want)
		}
	}
	n := len(b.got)
	if err := outbox.NewProcess(db, b).Run(); err != nil || len(b.got) != n {
		t.Errorf("%s: all is published, and the relay of a new process publishes %d events again, %v. What is done must be marked in the database.",
			when, len(b.got)-n, err)
	}
}

var learners = []string{"ada", "bob", "cyd", "dan"}

// The process ends at the nth event, before the broker has it or after.
func TestCheckProcessEnds(t *testing.T) {
	for nth := 1; nth <= len(learners); nth++ {
		for _, after := range []bool{false, true} {
			db, b, n := outbox.NewDB(), new(broker), 0
			b.instead = func(e outbox.Event) error {
				if n++; n != nth {
					return nil
				}
				if after {
					b.got = append(b.got, e)
				}
				panic(dead)
			}
			p := outbox.NewProcess(db, b)
			alive := true
			for _, learner := range learners {
				alive = alive && lives(func() { _ = p.Enroll("go-101", learner) })
			}
			_ = alive && lives(func() { _ = p.Run() })
			settle(t, db, b, fmt.Sprintf("The process ends while it publishes event %d (the broker has it: %t)", nth, after))
			if t.Failed() {
				return
			}
		}
	}
}

// The nth commit fails, of a seat or of whatever the relay commits.
func TestCheckDiskFails(t *testing.T) {
	for nth := 1; nth <= 2*len(learners); nth++ {
		db, b, n := outbox.NewDB(), new(broker), 0
		db.Fails = func() bool { n++; return n == nth }
		p := outbox.NewProcess(db, b)
		for _, learner := range learners {
			if err := p.Enroll("go-101", learner); err == nil != slices.Contains(db.Seats("go-101"), learner) {
				t.Errorf("%s: the answer is %v, and stored are %v", learner, err, db.Seats("go-101"))
			}
		}
		_ = p.Run()
		settle(t, db, b, fmt.Sprintf("Commit %d fails", nth))
	}
}

// A transaction that began earlier commits later. The relay has run meanwhile.
func TestCheckLateCommit(t *testing.T) {
	db, b := outbox.NewDB(), new(broker)
	p := outbox.NewProcess(db, b)
	punctual := db.Begin() // of another process, as the next one
	if err := punctual.TakeSeat("go-101", "zoe"); err != nil {
		t.Fatal(err)
	}
	punctual.AddToOutbox(outbox.Event{ID: "punctual-1", Course: "go-101", Learner: "zoe"})
	if err := errors.Join(punctual.Commit(), p.Run()); err != nil || len(b.got) != 1 {
		t.Fatalf("Another process has added a row to the outbox, and Run has published %d events, %v, want this one.", len(b.got), err)
	}
	slow := db.Begin()
	if err := slow.TakeSeat("go-101", "ada"); err != nil {
		t.Fatal(err)
	}
	slow.AddToOutbox(outbox.Event{ID: "slow-1", Course: "go-101", Learner: "ada"})
	if err := errors.Join(p.Enroll("sql-1", "bob"), p.Run(), slow.Commit(), p.Run()); err != nil {
		t.Error(err)
	}
	if got := b.learners("go-101"); !slices.Equal(got, []string{"zoe", "ada"}) {
		t.Errorf("The outbox has row 2 of a slow transaction and row 3 of a fast one. Row 3 is committed and published first, and after that row 2 is committed. The relay "+
			"never publishes it: got %v. The order of numbers is not the order of commits, so \"number > last\" skips rows.", got)
	}
	settle(t, db, b, "A transaction commits late")
}

// The broker refuses the nth event, once.
func TestCheckBrokerRefuses(t *testing.T) {
	for nth := 1; nth <= len(learners); nth++ {
		db, b, n := outbox.NewDB(), new(broker), 0
		p := outbox.NewProcess(db, b)
		for _, learner := range learners {
			if err := p.Enroll("go-101", learner); err != nil {
				t.Error(err)
			}
		}
		b.instead = func(outbox.Event) error {
			if n++; n == nth {
				return errors.New("the broker is busy")
			}
			return nil
		}
		err := p.Run()
		if n > 0 && err == nil && len(b.got) < len(learners) {
			t.Errorf("The broker refused event %d, and Run returns no error. Then no one runs it again.", nth)
		}
		settle(t, db, b, fmt.Sprintf("The broker refuses event %d once", nth))
	}
}
