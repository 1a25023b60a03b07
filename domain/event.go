package domain

import "time"

// A Status is what a learner holds on a course.
type Status string

const (
	None       Status = ""           // never held anything
	Enrolled   Status = "enrolled"   // a seat
	Waitlisted Status = "waitlisted" // a place on the waitlist
	Withdrawn  Status = "withdrawn"  // left the seat or the waitlist; may enroll again, at the end
)

// A Standing is what a learner holds on a course: one per pair, the latest. The API calls it an enrollment.
type Standing struct {
	Course     CourseID
	Learner    LearnerID
	Enrollment EnrollmentID
	Status     Status
	Sequence   int64 // of the change that made it; the waitlist is in order of Sequence
	Since      time.Time
}

// Live reports whether the learner has a seat or is on the waitlist.
func (s Standing) Live() bool { return s.Status == Enrolled || s.Status == Waitlisted }

// An EventType names what happened, in the past tense.
type EventType string

const (
	LearnerEnrolled   EventType = "learner.enrolled"
	LearnerWaitlisted EventType = "learner.waitlisted"
	LearnerWithdrawn  EventType = "learner.withdrawn"
	LearnerPromoted   EventType = "learner.promoted" // from the waitlist to a seat
	LearnerRenamed    EventType = "learner.renamed"  // has another id, and keeps all else of the standing
	CourseOpened      EventType = "course.opened"    // created open, or reopened
	CourseChanged     EventType = "course.changed"   // new terms, neither opened nor closed
	CourseClosed      EventType = "course.closed"    // created closed, or closed
)

// An Event is one change of a course. The events of a course in order of Sequence are its journal, which is complete.
type Event struct {
	Type     EventType
	Course   CourseID
	Sequence int64 // 1, 2, 3 … per course
	At       time.Time

	Learner    LearnerID    // of a learner.* event
	Enrollment EnrollmentID // of a learner.* event
	From       Status       // of learner.withdrawn: the status before
	Previous   LearnerID    // of learner.renamed: the id before

	Terms // of a course.* event: all of them, after the event
}

// Standing returns what the learner holds after a learner.* event, except learner.renamed.
func (e Event) Standing() Standing {
	return Standing{e.Course, e.Learner, e.Enrollment, e.Type.status(), e.Sequence, e.At}
}

// status returns the status of the learner after an event of this type.
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
