package entry

import (
	"errors"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

type listJSON struct {
	Items []any `json:"items"` // never null
}

func listOf[T, V any](found []T, view func(T) V) listJSON {
	list := listJSON{make([]any, len(found))}
	for i, f := range found {
		list.Items[i] = view(f)
	}
	return list
}

type courseJSON struct {
	ID              domain.CourseID `json:"courseId"`
	Title           string          `json:"title"`
	Capacity        int             `json:"capacity"`
	Open            bool            `json:"open"`
	WaitlistEnabled bool            `json:"waitlistEnabled"`
	SeatsTaken      int             `json:"seatsTaken"`
	WaitlistLength  int             `json:"waitlistLength"`
	Sequence        int64           `json:"sequence"`
}

func newCourseJSON(c domain.Course) courseJSON {
	return courseJSON{c.ID, c.Title, c.Capacity, c.Open, c.WaitlistEnabled, c.SeatsTaken, c.WaitlistLength, c.Sequence}
}

type standingJSON struct {
	Course     domain.CourseID     `json:"courseId"`
	Learner    domain.LearnerID    `json:"learnerId"`
	Enrollment domain.EnrollmentID `json:"enrollmentId"`
	Status     domain.Status       `json:"status"`
	Position   int                 `json:"position"`
	Sequence   int64               `json:"sequence"`
	Since      time.Time           `json:"since"`
	Promoted   *standingJSON       `json:"promoted,omitempty"` // the learner who got the seat
}

func newStandingJSON(s ports.RankedStanding) standingJSON {
	return standingJSON{s.Course, s.Learner, s.Enrollment, s.Status, s.Position, s.Sequence, s.Since, nil}
}

func newOutcomeJSON(o ports.Outcome) standingJSON {
	view := newStandingJSON(ports.RankedStanding{Standing: o.Standing, Position: o.Position})
	if len(o.Promoted) > 0 {
		view.Promoted = new(newStandingJSON(ports.RankedStanding{Standing: o.Promoted[0]}))
	}
	return view
}

type eventJSON struct {
	ID         string           `json:"eventId"`
	Type       domain.EventType `json:"type"`
	Course     domain.CourseID  `json:"aggregateId"`
	Sequence   int64            `json:"sequence"`
	OccurredAt time.Time        `json:"occurredAt"`
	Learner    domain.LearnerID `json:"learnerId,omitempty"`
}

func newEventJSON(e ports.Entry) eventJSON {
	return eventJSON{e.ID, e.Type, e.Course, e.Sequence, e.At, e.Learner}
}

type errorJSON struct {
	Code     domain.Kind   `json:"code"`
	Detail   string        `json:"detail"`
	Standing *standingJSON `json:"standing,omitempty"` // what the learner holds, if that is why
}

func newErrorJSON(err error) *errorJSON {
	view := &errorJSON{Code: ports.KindOf(err), Detail: details[ports.KindOf(err)]}
	if view.Detail == "" {
		view.Detail = err.Error()
	}
	if r, ok := errors.AsType[*ports.Refusal](err); ok && r.Standing.Live() {
		view.Standing = new(newStandingJSON(ports.RankedStanding{Standing: r.Standing}))
	}
	return view
}

// details are the texts of kinds. An error of another kind has a text of its own.
var details = map[domain.Kind]string{
	domain.ErrCourseNotFound:     "There is no such course: put it with a title and a capacity.",
	domain.ErrCourseFull:         "The course has no free seat, and either no waitlist or only a seat was wanted.",
	domain.ErrCourseClosed:       "The course is closed: no one can enroll now.",
	domain.ErrAlreadyEnrolled:    "The learner has a seat on this course.",
	domain.ErrAlreadyWaitlisted:  "The learner is on the waitlist of this course.",
	domain.ErrNotEnrolled:        "The learner has no seat on this course, and is not on its waitlist.",
	domain.ErrEnrollmentMismatch: "The learner holds another enrollment than the named one.",
	ports.ErrUnauthenticated:     "The caller needs a subject, and a role: learner, staff or partner.",
	ports.ErrForbidden:           "This role does not allow it.",
	ports.ErrKeyReused:           "Another command was sent under this key: choose a new one.",
}
