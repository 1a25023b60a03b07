package saga_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/exercise/saga"
	"example.com/roster/ports"
)

var checkStaff = ports.Actor{Tenant: "default", Subject: "check", Role: ports.Staff}

// A checkFixture is the real service with a course of five seats, and a saga that reaches it through a connection that may fail.
type checkFixture struct {
	t *testing.T
	*application.Service
	saga       *saga.Saga
	loseAsk    int // so many commands do not arrive
	loseAnswer int // so many arrive, and their replies do not
	bankFails  int
	charged    map[domain.EnrollmentID]int
}

func checkNew(t *testing.T) *checkFixture {
	t.Helper()
	f := &checkFixture{t: t, Service: application.New(memstore.New()), charged: map[domain.EnrollmentID]int{}}
	f.saga = saga.New(f, f)
	if _, err := f.PutCourse(t.Context(), checkStaff, "art-9", domain.Settings{Title: new("Art"), Capacity: new(5)}); err != nil {
		t.Fatal(err)
	}
	return f
}

// Submit is the connection to the service.
func (f *checkFixture) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	failed := make([]ports.Reply, len(commands))
	for i := range failed {
		failed[i].Err = ports.ErrUnavailable
	}
	if f.loseAsk > 0 {
		f.loseAsk--
		return failed
	}
	replies := f.Service.Submit(ctx, commands...)
	if f.loseAnswer > 0 {
		f.loseAnswer--
		return failed
	}
	return replies
}

func (f *checkFixture) Charge(_ context.Context, enrollment domain.EnrollmentID, _ domain.LearnerID) error {
	if f.bankFails > 0 {
		f.bankFails--
		return errors.New("the bank is closed")
	}
	f.charged[enrollment]++
	return nil
}

// enroll is done by the learner, and not through the saga.
func (f *checkFixture) enroll(learner domain.LearnerID) saga.Seat {
	f.t.Helper()
	got, err := f.Enroll(f.t.Context(), checkStaff, "art-9", learner)
	if err != nil {
		f.t.Fatal(err)
	}
	return saga.Seat{Course: "art-9", Learner: learner, Enrollment: got.Standing.Enrollment}
}

func (f *checkFixture) leave(learner domain.LearnerID) {
	f.t.Helper()
	if _, err := f.Withdraw(f.t.Context(), checkStaff, "art-9", learner); err != nil {
		f.t.Fatal(err)
	}
}

func (f *checkFixture) onSeat(seat saga.Seat) {
	f.t.Helper()
	if err := f.saga.OnSeat(f.t.Context(), seat); err != nil {
		f.t.Errorf("OnSeat returned an error: %v", err)
	}
}

func (f *checkFixture) onRefused(seat saga.Seat, why string) {
	f.t.Helper()
	if err := f.saga.OnRefused(f.t.Context(), seat.Enrollment); err != nil {
		f.t.Errorf("OnRefused returned an error, so the message comes again for ever, although %s: %v", why, err)
	}
}

func (f *checkFixture) holds(seat saga.Seat, want bool, why string) {
	f.t.Helper()
	got, err := f.Standing(f.t.Context(), checkStaff, seat.Course, seat.Learner)
	if err != nil {
		f.t.Fatal(err)
	}
	if has := got.Live() && got.Enrollment == seat.Enrollment; has != want {
		f.t.Errorf("%s. Does %s have that seat? got %t, want %t", why, seat.Learner, has, want)
	}
}

func TestCheckTheBankGetsEachOrder(t *testing.T) {
	f := checkNew(t)
	ada := f.enroll("ada")
	f.bankFails = 1
	if err := f.saga.OnSeat(t.Context(), ada); err == nil {
		t.Error("the bank could not be reached, and OnSeat returned nil: the event is gone, and no one is charged")
	}
	f.onSeat(ada)
	if f.charged[ada.Enrollment] == 0 {
		t.Error("the event was delivered again, and no charge was ordered")
	}
	f.holds(ada, true, "the charge is not refused")
}

func TestCheckALateRefusalSparesTheLaterStay(t *testing.T) {
	f := checkNew(t)
	first := f.enroll("ada")
	f.onSeat(first)
	f.leave("ada")
	second := f.enroll("ada")
	f.onRefused(first, "the seat in question is given back already")
	f.onSeat(first)
	f.onRefused(first, "the seat in question is given back already")
	f.holds(second, true, "the charge for the first stay was refused, late, and ada's second stay has a charge of its own")
}

func TestCheckTheLearnerHasLeft(t *testing.T) {
	f := checkNew(t)
	ada := f.enroll("ada")
	f.onSeat(ada)
	f.leave("ada")
	f.onRefused(ada, "ada has left already and there is nothing to give back")
}

func TestCheckARefusalThatComesAgain(t *testing.T) {
	f := checkNew(t)
	first := f.enroll("ada")
	f.onSeat(first)
	f.onRefused(first, "nothing fails")
	f.holds(first, false, "the charge was refused")
	second := f.enroll("ada")
	f.onRefused(first, "it is a duplicate")
	f.onSeat(first)
	f.holds(second, true, "the messages about the first stay came again")
	f.onSeat(second)
	f.onRefused(second, "nothing fails")
	f.holds(second, false, "the charge for the second stay was refused, too")
}

func TestCheckRosterIsUnavailable(t *testing.T) {
	f := checkNew(t)
	ada := f.enroll("ada")
	f.onSeat(ada)
	f.loseAsk = 2
	for range 2 {
		if err := f.saga.OnRefused(t.Context(), ada.Enrollment); err == nil {
			t.Error("roster was unavailable, and OnRefused returned nil: the message is gone, and ada keeps a seat that is not paid for")
		}
	}
	f.onRefused(ada, "roster is available again")
	f.holds(ada, false, "the message was delivered until roster was available")
}

func TestCheckTheReplyIsLost(t *testing.T) {
	f := checkNew(t)
	ada := f.enroll("ada")
	f.onSeat(ada)
	f.loseAnswer = 1
	if err := f.saga.OnRefused(t.Context(), ada.Enrollment); err == nil {
		t.Error("the reply was lost, and OnRefused returned nil without knowing whether ada was withdrawn")
	}
	f.onRefused(ada, "ada was withdrawn the first time")
	f.holds(ada, false, "the message came again")
}

// Any order: a message whose handling returns an error is delivered again, after all others.
func TestCheckAnyOrder(t *testing.T) {
	for _, order := range [][]string{
		{"refused", "seat"}, {"refused", "refused", "seat", "seat"}, {"seat", "refused", "seat"}, {"refused", "seat", "refused"},
	} {
		for _, lost := range []int{0, 1, 2} {
			f := checkNew(t)
			ada, bob := f.enroll("ada"), f.enroll("bob")
			f.loseAsk = lost
			messages, deliveries := order, 0
			for len(messages) > 0 && deliveries < 20 {
				deliveries++
				message := messages[0]
				messages = messages[1:]
				var err error
				if message == "seat" {
					err = f.saga.OnSeat(t.Context(), ada)
				} else {
					err = f.saga.OnRefused(t.Context(), ada.Enrollment)
				}
				if err != nil {
					messages = append(messages[:len(messages):len(messages)], message)
				}
			}
			if len(messages) > 0 {
				t.Errorf("messages in the order %q: after %d deliveries these return errors still: %q", order, deliveries, messages)
			}
			f.onSeat(bob)
			f.holds(ada, false, fmt.Sprintf("%q: all messages were delivered, and the charge for ada is refused", order))
			f.holds(bob, true, fmt.Sprintf("%q: nothing was refused about bob", order))
			if t.Failed() {
				return // one order is enough to think about
			}
		}
	}
}
