package jsonfields

import (
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An Action is one action on a learner, as a JSON object says it.
type Action struct {
	Action       string              `json:"action"` // enroll or withdraw
	CourseID     domain.CourseID     `json:"courseId"`
	LearnerID    domain.LearnerID    `json:"learnerId"`
	EnrollmentID domain.EnrollmentID `json:"enrollmentId,omitempty"` // of withdraw
	SeatOnly     bool                `json:"seatOnly,omitempty"`     // of enroll
}

// Fields returns the fields of the object, which are decoded into a.
func (a *Action) Fields() Fields {
	return Fields{
		"action": &a.Action, "courseId": (*string)(&a.CourseID), "learnerId": (*string)(&a.LearnerID),
		"enrollmentId": &a.EnrollmentID, "seatOnly": &a.SeatOnly,
	}
}

// Parse returns the action, or a [domain.Violation] if there is none of that name, or a field is not for it. It does not validate the
// values.
func (a Action) Parse() (ports.Action, error) {
	switch {
	case a.Action == "enroll" && a.EnrollmentID == "":
		return ports.Enroll{Course: a.CourseID, Learner: a.LearnerID, SeatOnly: a.SeatOnly}, nil
	case a.Action == "withdraw" && !a.SeatOnly:
		return ports.Withdraw{Course: a.CourseID, Learner: a.LearnerID, Enrollment: a.EnrollmentID}, nil
	case a.Action == "enroll":
		return nil, &domain.Violation{Field: "enrollmentId", Detail: "is for withdraw only"}
	case a.Action == "withdraw":
		return nil, &domain.Violation{Field: "seatOnly", Detail: "is for enroll only"}
	}
	return nil, &domain.Violation{Field: "action", Detail: fmt.Sprintf("must be enroll or withdraw, got %.100q", a.Action)}
}
