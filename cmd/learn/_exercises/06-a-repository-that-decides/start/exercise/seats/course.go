// Package seats enrolls learners in courses, and keeps the courses in one of two stores.
package seats

import "errors"

// A Course has seats, and as many places on its waitlist.
type Course struct {
	ID       string
	Capacity int
	Enrolled []string // learners with a seat
	Waiting  []string // learners without one, in order
}

// A Status is what a learner has on a course.
type Status string

// What Enroll gives.
const (
	Seated   Status = "a seat"
	Waitlist Status = "a place on the waitlist"
)

// Why something is refused.
var (
	ErrAlready = errors.New("the learner has a seat or waits already")
	ErrFull    = errors.New("seats and waitlist are full")
	ErrUnknown = errors.New("there is no such course")
)
