package domain

// A Kind is the reason why something was not done. It is an error, and never changes: clients may switch on it. Package ports
// adds operational kinds.
type Kind string

func (k Kind) Error() string { return string(k) }

// The reasons for which a rule refuses.
const (
	ErrInvalidArgument    Kind = "invalid_argument"    // an id, title or capacity is invalid: [Violation]
	ErrCourseNotFound     Kind = "course_not_found"    // the course does not exist
	ErrCourseFull         Kind = "course_full"         // no seat is free, and the waitlist is off
	ErrCourseClosed       Kind = "course_closed"       // no learner may enroll while the course is closed
	ErrAlreadyEnrolled    Kind = "already_enrolled"    // one live standing per learner and course
	ErrAlreadyWaitlisted  Kind = "already_waitlisted"  // one live standing per learner and course
	ErrNotEnrolled        Kind = "not_enrolled"        // the learner has no seat and is not on the waitlist
	ErrEnrollmentMismatch Kind = "enrollment_mismatch" // the learner's live enrollment is not the one that was named
	ErrAlreadyExists      Kind = "already_exists"      // the new id of a learner holds something on the course
)

// Kinds returns every kind of this package, so that a test can check that a table has all of them.
func Kinds() []Kind {
	return []Kind{ErrInvalidArgument, ErrCourseNotFound, ErrCourseFull, ErrCourseClosed, ErrAlreadyEnrolled, ErrAlreadyWaitlisted,
		ErrNotEnrolled, ErrEnrollmentMismatch, ErrAlreadyExists}
}

// A Violation is an [ErrInvalidArgument] that names the field and says what it must be.
type Violation struct {
	Field  string // as in the documents that users write: courseId, learnerId, title, capacity
	Detail string // "must be between 0 and 1000000000, got -3"
}

func (v *Violation) Error() string { return v.Field + " " + v.Detail }

// Unwrap makes errors.Is(v, ErrInvalidArgument) true.
func (v *Violation) Unwrap() error { return ErrInvalidArgument }
