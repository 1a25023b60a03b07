package cli

import (
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// standingShape is a standing as programs read it.
type standingShape struct {
	Course     domain.CourseID     `json:"courseId"`
	Learner    domain.LearnerID    `json:"learnerId"`
	Enrollment domain.EnrollmentID `json:"enrollmentId"`
	Status     domain.Status       `json:"status"`
	Position   *int                `json:"position,omitempty"` // nil where it was not asked for
	Sequence   int64               `json:"sequence"`
	Since      time.Time           `json:"since"`
	Promoted   *standingShape      `json:"promoted,omitempty"` // who has the seat now that this learner gave up
}

func shapePlaced(s domain.Standing, position int) *standingShape {
	shape := shapeStanding(s)
	shape.Position = &position
	return shape
}

func shapeStanding(s domain.Standing) *standingShape {
	return &standingShape{
		Course:     s.Course,
		Learner:    s.Learner,
		Enrollment: s.Enrollment,
		Status:     s.Status,
		Sequence:   s.Sequence,
		Since:      s.Since.UTC(),
	}
}

// courseShape is a course as programs read it.
type courseShape struct {
	ID             domain.CourseID `json:"courseId"`
	Title          string          `json:"title"`
	Capacity       int             `json:"capacity"`
	Open           bool            `json:"open"`
	Waitlist       bool            `json:"waitlistEnabled"`
	SeatsTaken     int             `json:"seatsTaken"`
	WaitlistLength int             `json:"waitlistLength"`
	Sequence       int64           `json:"sequence"`
}

func shapeCourse(c domain.Course) courseShape {
	return courseShape{
		ID:             c.ID,
		Title:          c.Title,
		Capacity:       c.Capacity,
		Open:           c.Open,
		Waitlist:       c.WaitlistEnabled,
		SeatsTaken:     c.SeatsTaken,
		WaitlistLength: c.WaitlistLength,
		Sequence:       c.Sequence,
	}
}

// reportShape is what a check found, as programs read it.
type reportShape struct {
	Courses     int               `json:"courses"`
	Events      int               `json:"events"`
	Differences []differenceShape `json:"differences"` // never null
}

type differenceShape struct {
	Course domain.CourseID `json:"courseId"`
	Detail string          `json:"detail"`
}

func shapeReport(r ports.CheckReport) reportShape {
	shape := reportShape{Courses: r.Courses, Events: r.Events, Differences: make([]differenceShape, len(r.Differences))}
	for i, d := range r.Differences {
		shape.Differences[i] = differenceShape{Course: d.Course, Detail: d.Detail}
	}
	return shape
}

// failureShape is an error as programs read it.
type failureShape struct {
	Code     domain.Kind    `json:"code"`
	Detail   string         `json:"detail"`
	Standing *standingShape `json:"standing,omitempty"` // what the learner holds already
}
