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
	return Decision{Refused: "the_handler_decides", Course: c, Status: held}
}

// Withdraw decides about a learner who wants to leave.
func Withdraw(c Course, held string) Decision {
	return Decision{Refused: "the_handler_decides", Course: c, Status: held}
}
