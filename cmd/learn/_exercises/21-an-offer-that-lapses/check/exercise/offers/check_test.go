package offers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/exercise/offers"
)

// offered returns a course whose only seat is offered to bob until a day after noon. The others wait.
func offered(t *testing.T, waiting ...string) *offers.Course {
	t.Helper()
	c := fullCourse(t, append([]string{"bob"}, waiting...)...)
	if err := c.Withdraw("ada", noon); err != nil {
		t.Fatal(err)
	}
	return c
}

func want(t *testing.T, c *offers.Course, at time.Time, learner, status, why string) {
	t.Helper()
	if got := c.Status(learner, at); got != status {
		t.Errorf("%s: %s is %q, want %q", why, learner, got, status)
	}
}

func TestCheckTheEndOfADay(t *testing.T) {
	end := noon.Add(offers.Day)
	c := offered(t)
	if err := c.Accept("bob", end.Add(-1)); err != nil {
		t.Errorf("an offer stands for a whole day, and the last nanosecond of it is refused: %v", err)
	}
	c = offered(t)
	if err := c.Accept("bob", end); !errors.Is(err, offers.ErrNoOffer) {
		t.Errorf("after exactly a day the offer has lapsed, and Accept returns %v, want ErrNoOffer", err)
	}
	c = offered(t, "cyd")
	if c.Lapse(end.Add(-1)) {
		t.Error("Lapse has ended an offer before the end of its day")
	}
	if !c.Lapse(end) {
		t.Error("after exactly a day the offer has lapsed, and Lapse has left it. Accept and Lapse must agree at the boundary: else an offer is both or neither")
	}
}

func TestCheckALateScheduleDecidesNothing(t *testing.T) {
	late := noon.Add(offers.Day + time.Hour)
	c := offered(t, "cyd")
	if err := c.Accept("bob", late); !errors.Is(err, offers.ErrNoOffer) {
		t.Errorf("Lapse has not run for an hour, and a lapsed offer is accepted (%v): a decision must depend on the time, and not on how late a scheduled call is", err)
	}
	want(t, offered(t, "cyd"), late, "bob", "", "Lapse has not run, and the offer has lapsed an hour ago")
	c = offered(t)
	if err := c.Enroll("dan", late); err != nil {
		t.Fatal(err)
	}
	want(t, c, late, "dan", "enrolled", "the only offer has lapsed and no one waits, so the seat is free")
	c = offered(t, "cyd")
	if err := c.Enroll("dan", late); err != nil {
		t.Fatal(err)
	}
	want(t, c, late, "dan", "waitlisted", "the offer has lapsed, and cyd has waited longer than dan")
}

func TestCheckAnOfferHoldsTheSeat(t *testing.T) {
	c := offered(t)
	if err := c.Enroll("dan", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want(t, c, noon.Add(time.Hour), "dan", "waitlisted", "the only seat is held for bob")
	if err := c.Enroll("bob", noon.Add(time.Hour)); !errors.Is(err, offers.ErrHasStanding) {
		t.Errorf("bob has an offer and enrolls: got %v, want ErrHasStanding", err)
	}
}

func TestCheckOneOfferForEachSeat(t *testing.T) {
	c := &offers.Course{Capacity: 2}
	for _, learner := range []string{"ada", "bob", "cyd", "dan", "eve"} {
		_ = c.Enroll(learner, noon)
	}
	_ = c.Withdraw("ada", noon)
	want(t, c, noon, "dan", "waitlisted", "one seat is free, so there is one offer")
	_ = c.Withdraw("bob", noon.Add(time.Hour))
	want(t, c, noon.Add(time.Hour), "dan", "offered", "two seats are free")
	want(t, c, noon.Add(time.Hour), "eve", "waitlisted", "two seats are free")
	_ = c.Withdraw("cyd", noon.Add(2*time.Hour)) // refuses the offer
	want(t, c, noon.Add(2*time.Hour), "cyd", "", "cyd has refused the offer")
	want(t, c, noon.Add(2*time.Hour), "eve", "offered", "cyd has refused the offer, so its seat is offered to the next")
	if held := len(c.Seats) + len(c.Offers); held > c.Capacity {
		t.Errorf("%d seats are taken or held, and the course has %d", held, c.Capacity)
	}
}

func TestCheckTheNextHasAWholeDay(t *testing.T) {
	c := offered(t, "cyd")
	late := noon.Add(offers.Day + 10*time.Hour)
	c.Lapse(late)
	if c.Lapse(late) {
		t.Error("a second Lapse at the same time has changed the course")
	}
	if err := c.Accept("cyd", late.Add(offers.Day-1)); err != nil {
		t.Errorf("cyd was offered the seat by a late Lapse, and has less than a day to accept: %v", err)
	}
	c = offered(t)
	c.Lapse(late)
	if len(c.Offers) != 0 || len(c.Seats) != 0 {
		t.Errorf("no one waits: the seat must be free, got %+v", *c)
	}
}

// courses is a store in memory. One of them may fail.
type courses struct {
	all    map[string]*offers.Course
	broken string
	saved  []string
}

func (s *courses) Courses() ([]string, error) { return []string{"a", "b", "c"}, nil }

var errBroken = errors.New("the connection is lost")

func (s *courses) Update(id string, change func(c *offers.Course) error) error {
	if id == s.broken {
		return errBroken
	}
	if err := change(s.all[id]); err != nil {
		return err
	}
	s.saved = append(s.saved, id)
	return nil
}

func TestCheckTheSchedule(t *testing.T) {
	s := &courses{all: map[string]*offers.Course{"a": offered(t, "cyd"), "b": offered(t, "cyd"), "c": offered(t, "cyd")}, broken: "b"}
	late := noon.Add(offers.Day)
	if err := offers.LapseAll(s, func() time.Time { return late }); !errors.Is(err, errBroken) {
		t.Errorf("one course fails: got %v, want its error", err)
	}
	for _, id := range []string{"a", "c"} {
		want(t, s.all[id], late, "cyd", "offered", "course "+id+" must be served although course b fails")
	}
	if !slices.Equal(s.saved, []string{"a", "c"}) {
		t.Errorf("saved %s, want a, c", strings.Join(s.saved, ", "))
	}
}
