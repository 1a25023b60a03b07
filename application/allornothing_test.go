package application_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func seat(c domain.CourseID, l domain.LearnerID) ports.Action {
	return ports.Enroll{Course: c, Learner: l, SeatOnly: true}
}

func leave(c domain.CourseID, l domain.LearnerID) ports.Action {
	return ports.Withdraw{Course: c, Learner: l}
}

// A learner who swaps sections keeps the seat that they have if the other section has none.
func TestSwapKeepsTheSeat(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.On("sec-1").Given("put capacity=1; enroll ada; enroll bob")
	s.On("sec-2").Given("put capacity=1; enroll cyd")
	swap := ports.Command{By: staff, Key: "swap", AllOrNothing: true, Actions: []ports.Action{leave("sec-1", "ada"), seat("sec-2", "ada")}}
	for range 2 { // the second is a replay
		reply := s.Submit(t.Context(), swap)[0]
		_, err := reply.All()
		if r, ok := errors.AsType[*ports.Refusal](err); !ok || r.Kind != domain.ErrCourseFull || r.Action != 2 || len(reply.Outcomes) != 2 ||
			!reflect.DeepEqual(reply.Outcomes[0], ports.Outcome{}) {
			t.Fatalf("%+v, %v; want action 2 refused", reply, err)
		}
	}
	events := append(s.On("sec-1").Events(), s.On("sec-2").Events()...)
	if want := "[course.opened learner.enrolled ada learner.waitlisted bob course.opened learner.enrolled cyd]"; fmt.Sprint(events) != want {
		t.Errorf("events are %v, want %s", events, want)
	}
	s.On("sec-2").Given("put capacity=2")
	swap.Key = "second"
	outcomes, err := s.Submit(t.Context(), swap)[0].All()
	if err != nil || len(outcomes) != 2 || len(outcomes[0].Promoted) != 1 || outcomes[1].Standing.Status != domain.Enrolled {
		t.Errorf("%+v, %v; want ada on sec-2 and bob promoted", outcomes, err)
	}
	swap.AllOrNothing = false
	if r := s.Submit(t.Context(), swap)[0]; !errors.Is(r.Err, ports.ErrKeyReused) {
		t.Errorf("the same actions one by one, under the key: %+v, want %v", r, ports.ErrKeyReused)
	}
}

func TestAllOrNothingIsNotForPartners(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1")
	by := ports.Actor{Tenant: staff.Tenant, Subject: "partner", Role: ports.Partner}
	if r := s.Submit(t.Context(), ports.Command{By: by, AllOrNothing: true, Actions: []ports.Action{enroll("ada")}})[0]; !errors.Is(r.Err, ports.ErrForbidden) {
		t.Errorf("%+v, want %v", r, ports.ErrForbidden)
	}
}

func TestIfSequence(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada")
	send := func(sequence int64) ports.Reply {
		return s.Submit(t.Context(), ports.Command{By: staff, AllOrNothing: true, Actions: []ports.Action{
			ports.PutCourse{Course: course, IfSequence: sequence}, enroll("bob")}})[0]
	}
	for _, sequence := range []int64{1, 3} {
		if _, err := send(sequence).All(); !errors.Is(err, ports.ErrPreconditionFailed) {
			t.Errorf("at sequence 2, if it is %d: %v", sequence, err)
		}
	}
	if outcomes, err := send(2).All(); err != nil || outcomes[1].Position != 1 {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// Whatever is in the same batch, a refused command leaves no trace: the others have the results that they have without it.
func TestARefusedCommandLeavesNoTrace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		with, without := twoCourses(t), twoCourses(t)
		var batch, rest []ports.Command
		for range rapid.IntRange(1, 12).Draw(t, "commands") {
			c := ports.Command{By: staff}
			for range rapid.IntRange(1, 4).Draw(t, "actions") {
				c.Actions = append(c.Actions, anyAction(t))
			}
			refused := rapid.Bool().Draw(t, "refused")
			if refused { // the last action always is
				c.AllOrNothing = true
				c.Actions = append(c.Actions, leave("a", "nobody"))
			} else {
				rest = append(rest, c)
			}
			batch = append(batch, c)
		}
		got := with.Submit(t.Context(), batch...)
		want := without.Submit(t.Context(), rest...)
		for i, c := range batch {
			if c.AllOrNothing {
				if _, err := got[i].All(); err == nil {
					t.Fatalf("%+v was not refused", c)
				}
				continue
			}
			for j := range want[0].Outcomes {
				if got[i].Outcomes[j].Refused != want[0].Outcomes[j].Refused || got[i].Outcomes[j].Position != want[0].Outcomes[j].Position {
					t.Fatalf("%+v: %+v, without the refused commands %+v", c, got[i], want[0])
				}
			}
			want = want[1:]
		}
		for _, id := range []domain.CourseID{"a", "b"} {
			if g, w := with.On(id).Events(), without.On(id).Events(); !reflect.DeepEqual(g, w) {
				t.Fatalf("%s has %v, without the refused commands %v", id, g, w)
			}
		}
	})
}

// twoCourses returns a service with a course that has two seats and one that has a seat and a waitlist.
func twoCourses(t *rapid.T) *servicetest.Service {
	s := servicetest.New(t)
	s.On("a").Given("put capacity=2 waitlist=false; enroll l0")
	s.On("b").Given("put capacity=1; enroll l1; enroll l2")
	return s
}

func anyAction(t *rapid.T) ports.Action {
	c := rapid.SampledFrom([]domain.CourseID{"a", "b"}).Draw(t, "course")
	l := rapid.SampledFrom([]domain.LearnerID{"l0", "l1", "l2", "l3"}).Draw(t, "learner")
	switch rapid.IntRange(0, 3).Draw(t, "do") {
	case 0:
		return leave(c, l)
	case 1:
		return seat(c, l)
	case 2:
		return ports.PutCourse{Course: c, Settings: domain.Settings{Capacity: new(rapid.IntRange(0, 3).Draw(t, "capacity"))}}
	}
	return ports.Enroll{Course: c, Learner: l}
}
