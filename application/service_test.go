package application_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const course = servicetest.Course

var staff = servicetest.Staff

func enroll(l domain.LearnerID) ports.Action   { return ports.Enroll{Course: course, Learner: l} }
func withdraw(l domain.LearnerID) ports.Action { return ports.Withdraw{Course: course, Learner: l} }
func seats(n int) ports.Action {
	return ports.PutCourse{Course: course, Settings: domain.Settings{Title: new("Title"), Capacity: &n}}
}

// open returns a service on store. The test fails if the application breaks its side of the contract of [ports.Store].
func open(t testing.TB, store ports.Store) *servicetest.Service {
	erasure, _ := store.(ports.ErasureStore)
	return servicetest.NewOn(t, strict{t, store}, application.WithErasure(erasure))
}

// strict fails the test if the application breaks its side of the contract of [ports.Store].
type strict struct {
	testing.TB
	ports.Store
}

func (s strict) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	unique := func(what string, n int, name func(int) string) {
		for i := 1; i < n; i++ {
			if name(i) <= name(i-1) {
				s.Errorf("need names %s %q after %q", what, name(i), name(i-1))
			}
		}
	}
	unique("course", len(need.Courses), func(i int) string { return string(need.Courses[i].ID) })
	for _, c := range need.Courses {
		unique("learner", len(c.Learners), func(i int) string { return string(c.Learners[i]) })
	}
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		changes, err := decide(l)
		last := make(map[domain.CourseID]int64)
		seen := make(map[domain.Standing]bool)
		for _, standing := range changes.Standings {
			who := domain.Standing{Course: standing.Course, Learner: standing.Learner}
			if seen[who] || standing.Sequence <= last[standing.Course] {
				s.Errorf("changes have %+v twice, or out of order", standing)
			}
			seen[who], last[standing.Course] = true, standing.Sequence
		}
		return changes, err
	})
}

// do submits one command of staff and returns its outcomes.
func do(t testing.TB, s ports.Commands, actions ...ports.Action) []ports.Outcome {
	t.Helper()
	r := s.Submit(t.Context(), ports.Command{By: staff, Actions: actions})[0]
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r.Outcomes
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	partner := ports.Actor{Tenant: "default", Subject: "shop", Role: ports.Partner}
	nobody := ports.Actor{Tenant: "default", Subject: "ada"}
	made := ports.Actor{Tenant: "default", Subject: "ada", Role: "boss"}
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada; enroll bob")
	submit := func(a ports.Action) func(ports.Actor) error {
		return func(by ports.Actor) error {
			return s.Submit(t.Context(), ports.Command{By: by, Actions: []ports.Action{a}})[0].Err
		}
	}
	see := func(learner domain.LearnerID) func(ports.Actor) error {
		return func(by ports.Actor) error { _, err := s.Standing(t.Context(), by, course, learner); return err }
	}
	type may map[ports.Actor]bool
	for _, c := range []struct {
		what string
		do   func(ports.Actor) error
		may  may
	}{
		{"enroll herself", submit(enroll("ada")), may{ada: true, partner: true, staff: true}},
		{"enroll another", submit(enroll("bob")), may{partner: true, staff: true}},
		{"withdraw herself", submit(withdraw("ada")), may{ada: true, staff: true}},
		{"withdraw another", submit(withdraw("bob")), may{staff: true}},
		{"put a course", submit(seats(1)), may{staff: true}},
		{"see her standing", see("ada"), may{ada: true, staff: true}},
		{"see another's", see("bob"), may{staff: true}},
		{"see a course", func(by ports.Actor) error { _, err := s.Course(t.Context(), by, course); return err },
			may{ada: true, partner: true, staff: true}},
		{"see courses", func(by ports.Actor) error {
			_, err := s.Courses(t.Context(), by, ports.CoursePage{Limit: 1})
			return err
		}, may{ada: true, partner: true, staff: true}},
		{"list a course", func(by ports.Actor) error {
			_, err := s.Standings(t.Context(), by, course, ports.StandingPage{Limit: 1})
			return err
		}, may{staff: true}},
		{"check", func(by ports.Actor) error { _, err := s.VerifyJournal(t.Context(), by, course); return err }, may{staff: true}},
	} {
		for _, by := range []ports.Actor{ada, partner, staff} {
			if err := c.do(by); errors.Is(err, ports.ErrForbidden) == c.may[by] || c.may[by] && err != nil {
				t.Errorf("%s %s: %v, may is %t", by.Role, c.what, err, c.may[by])
			}
		}
		for _, by := range []ports.Actor{nobody, made} {
			if err := c.do(by); !errors.Is(err, ports.ErrUnauthenticated) {
				t.Errorf("role %q %s: %v, want %v", by.Role, c.what, err, ports.ErrUnauthenticated)
			}
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	before, err := s.Course(t.Context(), staff, course)
	if err != nil {
		t.Fatal(err)
	}
	as := func(by ports.Actor, key string, actions ...ports.Action) ports.Command {
		return ports.Command{By: by, Key: key, Actions: actions}
	}
	for _, c := range []struct {
		field   string
		command ports.Command
	}{
		{"actions", as(staff, "")},
		{"actions", as(staff, "", make([]ports.Action, ports.MaxActions+1)...)},
		{"learnerId", as(staff, "", enroll(""))},
		{"learnerId", as(staff, "", enroll("a\x00b"))},
		{"learnerId", as(staff, "", enroll("ada"), withdraw("\xff"))},
		{"courseId", as(staff, "", ports.Enroll{Course: "go\t101", Learner: "ada"})},
		{"courseId", as(staff, "", ports.Withdraw{Course: "..", Learner: "ada"})},
		{"learnerId", as(staff, "", enroll("ada "))},
		{"courseId", as(staff, "", ports.PutCourse{})},
		{"capacity", as(staff, "", seats(-1))},
		{"capacity", as(staff, "", seats(domain.MaxCapacity+1))},
		{"title", as(staff, "", ports.PutCourse{Course: course, Settings: domain.Settings{Title: new("")}})},
		{"title", as(staff, "", ports.PutCourse{Course: course, Settings: domain.Settings{Title: new(strings.Repeat("t", 201))}})},
		{"key", as(staff, strings.Repeat("k", 513), enroll("ada"))},
		{"key", as(staff, "a\nb", enroll("ada"))},
		{"correlationId", ports.Command{By: staff, Correlation: "a\x00", Actions: []ports.Action{enroll("ada")}}},
		{"tenant", as(ports.Actor{Subject: "me", Role: ports.Staff}, "", enroll("ada"))},
		{"subject", as(ports.Actor{Tenant: "default", Role: ports.Staff}, "", enroll("ada"))},
	} {
		r := s.Submit(t.Context(), c.command)[0]
		violation, ok := errors.AsType[*domain.Violation](r.Err)
		if !ok || violation.Field != c.field || !errors.Is(r.Err, domain.ErrInvalidArgument) || r.Outcomes != nil {
			t.Errorf("want a violation of %s, got %+v", c.field, r)
		}
	}
	if r := s.Submit(t.Context(), as(staff, "", nil)); !errors.Is(r[0].Err, ports.ErrInternal) {
		t.Errorf("without an action: %v", r[0].Err)
	}
	if after, _ := s.Course(t.Context(), staff, course); after != before {
		t.Errorf("course is %+v, was %+v", after, before)
	}
}

func TestMaintenanceAndErasure(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	s.Given("put capacity=1")
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	send := func(by ports.Actor, key string, a ports.Action) ports.Reply {
		return s.Submit(t.Context(), ports.Command{By: by, Key: key, Actions: []ports.Action{a}})[0]
	}
	send(ada, "mine", enroll("ada"))
	send(staff, "theirs", enroll("bob"))
	if _, err := s.Forget(t.Context(), ada, "ada"); !errors.Is(err, ports.ErrForbidden) {
		t.Errorf("forget by a learner: %v, want %v", err, ports.ErrForbidden)
	}
	done, err := s.Forget(t.Context(), staff, "ada")
	if err != nil || done != (ports.Forgotten{Standings: 1, Events: 1, Replies: 1}) {
		t.Errorf("forgotten: %+v, %v", done, err)
	}
	if _, err := s.Standing(t.Context(), staff, course, "ada"); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("ada is still stored: %v", err)
	}
	if c, _ := s.Course(t.Context(), staff, course); c.SeatsTaken != 1 || c.WaitlistLength != 1 {
		t.Errorf("course is %+v, want unchanged counts", c)
	}

	s.Clock.Advance(24 * time.Hour)
	if n, err := s.Expire(t.Context()); n != 0 || err != nil {
		t.Errorf("after a day %d replies expired, %v", n, err)
	}
	if r := send(staff, "theirs", enroll("bob")); !r.Replayed {
		t.Errorf("after a day: %+v, want a replay", r)
	}
	s.Clock.Advance(24*time.Hour + 1)
	if n, err := s.Expire(t.Context()); n != 1 || err != nil {
		t.Errorf("after two days %d replies expired, %v; want 1", n, err)
	}
	if r := send(staff, "theirs", enroll("cyd")); r.Replayed || r.Err != nil {
		t.Errorf("the key is not free: %+v", r)
	}
}

func TestSystemClockAndIDs(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	s := application.New(store)
	before := time.Now().UTC().Truncate(time.Microsecond)
	var actions []ports.Action
	for i := range 1000 {
		actions = append(actions, enroll(domain.LearnerID(fmt.Sprint(i))))
	}
	do(t, s, seats(1))
	do(t, s, actions...)
	v7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for e := range store.Journal(t.Context(), staff.Tenant, course, 0) {
		if !v7.MatchString(e.ID) || !v7.MatchString(e.Correlation) || seen[e.ID] {
			t.Fatalf("entry %+v: want fresh UUIDs of version 7", e)
		}
		seen[e.ID] = true
		if e.At.Before(before) || e.At.After(time.Now()) || e.At.Location() != time.UTC || e.At.Nanosecond()%1000 != 0 {
			t.Fatalf("at %v, want UTC in whole microseconds between %v and now", e.At, before)
		}
		var ms int64
		if _, err := fmt.Sscanf(strings.ReplaceAll(e.ID[:13], "-", ""), "%x", &ms); err != nil || ms < before.UnixMilli() || ms > time.Now().UnixMilli() {
			t.Fatalf("the id %s is of millisecond %d, %v", e.ID, ms, err)
		}
	}
}
