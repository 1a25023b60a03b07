package main

import (
	"fmt"
	"sync"
	"testing"
)

// The same request under the same key gets the first reply, and has no second effect.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, oneSeat)
	for _, step := range []struct {
		name string
		send func(key string) reply
		want string
	}{
		{"seat", func(key string) reply { return s.enroll(t, "ada", key) }, "201"},
		{"waitlist", func(key string) reply { return s.enroll(t, "bob", key) }, "202"},
		{"refused", func(key string) reply { return s.enroll(t, "ada", key) }, "409 already_enrolled enrolled"},
		{"promotion", func(key string) reply { return s.withdraw(t, "ada", key) }, "200 promoted bob"},
	} {
		first := step.send(step.name)
		if first.String() != step.want || first.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: %s, replayed %q", step.name, first, first.header.Get("Idempotent-Replayed"))
		}
		before := s.events(t)
		for _, key := range []string{step.name, `"` + step.name + `"`} { // with and without quotes
			again := step.send(key)
			if again.status != first.status || again.raw != first.raw || again.header.Get("Idempotent-Replayed") != "true" ||
				again.header.Get("Content-Type") != first.header.Get("Content-Type") {
				t.Errorf("%s: first %s\n%s\nthen %s, replayed %q\n%s", key, first, first.raw, again, again.header.Get("Idempotent-Replayed"), again.raw)
			}
		}
		if after := s.events(t); after != before {
			t.Errorf("%s: a repeated request has made events: %s", step.name, after)
		}
	}
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, oneSeat)
	s.enroll(t, "ada", "k")
	for name, other := range map[string]func() reply{
		"another learner": func() reply { return s.enroll(t, "bob", "k") },
		"another method":  func() reply { return s.withdraw(t, "ada", "k") },
	} {
		if got := other(); got.String() != "422 idempotency_key_reused" {
			t.Errorf("%s: %s %s", name, got, got.raw)
		}
	}
	if got := s.standings(t); got != "ada enrolled" {
		t.Error(got)
	}
	if got := s.enroll(t, "bob", "l"); got.String() != "202" {
		t.Error(got)
	}
}

// Many learners ask for the last seats at once: no seat is given twice, and no place on the waitlist.
func TestTheLastSeats(t *testing.T) {
	t.Parallel()
	const seats, learners = 3, 24
	s := newService(t)
	s.course(t, course{capacity: seats, open: true, waitlist: true})
	replies := together(learners, func(i int) reply { return s.enroll(t, fmt.Sprint("learner", i), "") })
	enrolled, places := 0, map[int64]bool{}
	for _, r := range replies {
		switch r.status {
		case 201:
			enrolled++
		case 202:
			places[r.body.Position] = true
		default:
			t.Errorf("%s %s", r, r.raw)
		}
	}
	if enrolled != seats || len(places) != learners-seats || !places[1] || !places[learners-seats] {
		t.Errorf("%d learners have %d seats, and the others the places %v", enrolled, seats, places)
	}
	together(learners, func(i int) reply { return s.withdraw(t, fmt.Sprint("learner", i), "") })
	const left = `SELECT seats_taken || ' ' || waitlist_length || ' ' || sequence FROM courses`
	if got, want := s.text(t, left), fmt.Sprint("0 0 ", 2*learners+promoted(t, s)); got != want {
		t.Errorf("after all have left, the course has seats, waitlist and sequence %s, want %s", got, want)
	}
}

// The same request at the same time, under one key, has one effect.
func TestTheSameRequestAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, oneSeat)
	for _, r := range together(8, func(int) reply { return s.enroll(t, "ada", "k") }) {
		if r.String() != "201" {
			t.Errorf("%s %s", r, r.raw)
		}
	}
	if got := s.events(t); got != "learner.enrolled ada" {
		t.Error(got)
	}
}

func promoted(t *testing.T, s service) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(s.text(t, `SELECT count(*) FROM outbox WHERE type = 'learner.promoted'`), &n); err != nil {
		t.Error(err)
	}
	return n
}

func together(n int, send func(int) reply) []reply {
	replies := make([]reply, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { replies[i] = send(i) })
	}
	all.Wait()
	return replies
}
