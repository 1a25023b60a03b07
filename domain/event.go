package domain

import "time"

// A Status is what a learner holds on a course.
type Status string

const (
	None       Status = ""           // never held anything
	Enrolled   Status = "enrolled"   // a seat
	Waitlisted Status = "waitlisted" // a place in line
	Withdrawn  Status = "withdrawn"  // left seat or line; may enroll again, at the end
)

// A Standing is what one learner holds on one course: at most one per pair, the latest.
type Standing struct {
	Course     CourseID
	Learner    LearnerID
	Enrollment EnrollmentID
	Status     Status
	Sequence   int64 // of the change that made it; among the waitlisted, order of Sequence is the order in line
	Since      time.Time
}

// Live reports whether the learner holds a seat or a place in line.
func (s Standing) Live() bool { return s.Status == Enrolled || s.Status == Waitlisted }

// An EventType names what happened, in the past tense.
type EventType string

const (
	LearnerEnrolled   EventType = "learner.enrolled"
	LearnerWaitlisted EventType = "learner.waitlisted"
	LearnerWithdrawn  EventType = "learner.withdrawn"
	LearnerPromoted   EventType = "learner.promoted" // from the head of the line to a seat
	CourseOpened      EventType = "course.opened"    // created open, or opened again
	CourseChanged     EventType = "course.changed"   // new terms, neither opened nor closed
	CourseClosed      EventType = "course.closed"    // created closed, or closed
)

// An Event is one change of a course. A course's events in order of Sequence are its journal, and tell all there is to
// know of it.
type Event struct {
	Type     EventType
	Course   CourseID
	Sequence int64 // 1, 2, 3 … per course
	At       time.Time

	Learner    LearnerID    // of a learner.* event
	Enrollment EnrollmentID // of a learner.* event
	From       Status       // of learner.withdrawn: what was given up

	Terms // of a course.* event: all of them, as they are from now on
}

// Standing returns what the learner holds after a learner.* event.
func (e Event) Standing() Standing {
	return Standing{e.Course, e.Learner, e.Enrollment, e.Type.status(), e.Sequence, e.At}
}

// leaves tells what an event of this type leaves its learner with.
func (t EventType) status() Status {
	switch t {
	case LearnerEnrolled, LearnerPromoted:
		return Enrolled
	case LearnerWaitlisted:
		return Waitlisted
	case LearnerWithdrawn:
		return Withdrawn
	}
	return None
}
