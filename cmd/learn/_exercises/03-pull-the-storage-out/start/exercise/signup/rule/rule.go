// Package rule decides, and does nothing else: it knows no protocol and no storage.
package rule

// A Course is what a decision has to know about a course.
type Course struct {
	Capacity, Seats, Waiting int
	Open, Waitlist           bool
}

// A Decision is the answer to a request.
type Decision struct {
	Refused string // a code such as course_full; empty if the request is granted
	Course  Course // after the decision
	Status  string // what the learner has after it: enrolled, waitlisted or withdrawn
	Promote bool   // the first learner on the waitlist gets the seat; Course counts that already
}

// Enroll decides about a learner who wants a seat. held is what the learner has on the course: enrolled, waitlisted, withdrawn or nothing.
func Enroll(c Course, held string) Decision {
	switch {
	case live(held):
		return refuse("already_"+held, c, held)
	case !c.Open:
		return refuse("course_closed", c, held)
	case c.Waiting == 0 && c.Seats < c.Capacity:
		c.Seats++
		return Decision{Course: c, Status: "enrolled"}
	case c.Waitlist:
		c.Waiting++
		return Decision{Course: c, Status: "waitlisted"}
	}
	return refuse("course_full", c, held)
}

// Withdraw decides about a learner who wants to leave.
func Withdraw(c Course, held string) Decision {
	d := Decision{Status: "withdrawn"}
	switch {
	case !live(held):
		return refuse("not_enrolled", c, held)
	case held == "waitlisted":
		c.Waiting--
	case c.Waiting == 0 || !c.Open:
		c.Seats--
	default: // the first on the waitlist gets the seat
		c.Waiting--
		d.Promote = true
	}
	d.Course = c
	return d
}

func live(held string) bool { return held == "enrolled" || held == "waitlisted" }

func refuse(code string, c Course, held string) Decision {
	return Decision{Refused: code, Course: c, Status: held}
}
