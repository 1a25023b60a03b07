// Package offers has a course on which learners wait for a seat.
package offers

import (
	"errors"
	"slices"
	"time"
)

// Day is how long an offer stands.
const Day = 24 * time.Hour

// Refusals.
var (
	ErrHasStanding = errors.New("the learner has a seat, an offer or a place on the waitlist")
	ErrNoStanding  = errors.New("the learner has neither a seat nor an offer nor a place on the waitlist")
	ErrNoOffer     = errors.New("the learner has no offer, or the offer has lapsed")
)

// An Offer is a seat that is held for a learner.
type Offer struct {
	Learner string
	Until   time.Time // the first moment at which the offer does not stand any more
}

// A Course is the seats, offers and waitlist of one course. A refusal changes nothing, but may call Lapse.
type Course struct {
	Capacity int
	Seats    []string // learners with a seat
	Offers   []Offer  // in the order in which they were made
	Waitlist []string // learners who wait, without those who have an offer
}

// Enroll gives the learner a seat, or the last place on the waitlist.
func (c *Course) Enroll(learner string, at time.Time) error {
	if c.Status(learner, at) != "" {
		return ErrHasStanding
	}
	if len(c.Seats) < c.Capacity && len(c.Waitlist) == 0 {
		c.Seats = append(c.Seats, learner)
	} else {
		c.Waitlist = append(c.Waitlist, learner)
	}
	return nil
}

// Withdraw takes what the learner has. If that frees a seat, the first learner on the waitlist gets it.
func (c *Course) Withdraw(learner string, at time.Time) error {
	if c.Status(learner, at) == "" {
		return ErrNoStanding
	}
	is := func(other string) bool { return other == learner }
	c.Seats = slices.DeleteFunc(c.Seats, is)
	c.Waitlist = slices.DeleteFunc(c.Waitlist, is)
	for len(c.Seats) < c.Capacity && len(c.Waitlist) > 0 {
		c.Seats, c.Waitlist = append(c.Seats, c.Waitlist[0]), c.Waitlist[1:]
	}
	return nil
}

// Accept turns the learner's offer into a seat.
func (c *Course) Accept(learner string, at time.Time) error {
	return ErrNoOffer
}

// Lapse ends the offers that do not stand any more at this time, offers their seats to the next learners on the waitlist, and reports
// whether it has changed the course. A learner whose offer has lapsed has nothing, and may enroll again.
func (c *Course) Lapse(at time.Time) (changed bool) {
	return false
}

// Status returns what the learner has: enrolled, offered, waitlisted, or nothing.
func (c *Course) Status(learner string, at time.Time) string {
	switch {
	case slices.Contains(c.Seats, learner):
		return "enrolled"
	case slices.Contains(c.Waitlist, learner):
		return "waitlisted"
	}
	return ""
}
