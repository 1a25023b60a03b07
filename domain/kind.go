package domain

// A Kind says why something was not done. It is an error, and the same in every release: clients may switch on it.
// The core's edges add operational kinds of their own (package ports).
type Kind string

func (k Kind) Error() string { return string(k) }

// What the rules can refuse.
const (
	ErrInvalidArgument   Kind = "invalid_argument"   // an id, title or capacity that can't be; see [Violation]
	ErrCourseNotFound    Kind = "course_not_found"   // no course under that id
	ErrCourseFull        Kind = "course_full"        // no seat, and no waitlist to join
	ErrCourseClosed      Kind = "course_closed"      // nobody gains a seat or a place in line
	ErrAlreadyEnrolled   Kind = "already_enrolled"   // one live standing per learner and course
	ErrAlreadyWaitlisted Kind = "already_waitlisted" // one live standing per learner and course
	ErrNotEnrolled       Kind = "not_enrolled"       // holds neither seat nor place in line
)

// Kinds returns every kind of this package, so that a table over them can be checked for gaps.
func Kinds() []Kind {
	return []Kind{ErrInvalidArgument, ErrCourseNotFound, ErrCourseFull, ErrCourseClosed, ErrAlreadyEnrolled, ErrAlreadyWaitlisted, ErrNotEnrolled}
}

// A Violation is an [ErrInvalidArgument] that names the field and says what would be right.
type Violation struct {
	Field  string // as in the documents that users write: courseId, learnerId, title, capacity
	Detail string // "must be 0 or more, not -3"
}

func (v *Violation) Error() string { return v.Field + " " + v.Detail }

// Unwrap makes errors.Is(v, ErrInvalidArgument) true.
func (v *Violation) Unwrap() error { return ErrInvalidArgument }
