package offers_test

import (
	"testing"
	"time"

	"example.com/roster/exercise/offers"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fullCourse returns a course with one seat, which ada has. The others wait, in this order.
func fullCourse(t *testing.T, waiting ...string) *offers.Course {
	t.Helper()
	c := &offers.Course{Capacity: 1}
	for _, learner := range append([]string{"ada"}, waiting...) {
		if err := c.Enroll(learner, noon); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestAFreedSeatIsOffered(t *testing.T) {
	c := fullCourse(t, "bob", "cyd")
	if err := c.Withdraw("ada", noon); err != nil {
		t.Fatal(err)
	}
	if got := c.Status("bob", noon); got != "offered" {
		t.Fatalf("ada has left, and bob is first on the waitlist: bob is %q, want offered", got)
	}
	if got := c.Status("cyd", noon); got != "waitlisted" {
		t.Errorf("cyd is %q, want waitlisted", got)
	}
	if err := c.Accept("bob", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := c.Status("bob", noon.Add(time.Hour)); got != "enrolled" {
		t.Errorf("bob has accepted, and is %q, want enrolled", got)
	}
}

func TestALapsedOfferGoesToTheNext(t *testing.T) {
	c := fullCourse(t, "bob", "cyd")
	if err := c.Withdraw("ada", noon); err != nil {
		t.Fatal(err)
	}
	late := noon.Add(25 * time.Hour)
	if !c.Lapse(late) {
		t.Error("Lapse has changed nothing")
	}
	if got := c.Status("bob", late); got != "" {
		t.Errorf("bob has not accepted for 25 hours, and is %q, want nothing", got)
	}
	if got := c.Status("cyd", late); got != "offered" {
		t.Errorf("cyd is %q, want offered", got)
	}
}
