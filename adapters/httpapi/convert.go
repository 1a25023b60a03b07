package httpapi

import (
	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func standingJSON(s domain.Standing, position int) api.Standing {
	return api.Standing{
		CourseID: string(s.Course), LearnerID: string(s.Learner), EnrollmentID: string(s.Enrollment),
		Status: api.Status(s.Status), Position: position, Sequence: s.Sequence, Since: s.Since.UTC(),
	}
}

// heldJSON has no position, which is unknown when a command is refused.
func heldJSON(s domain.Standing) *api.Held {
	return &api.Held{
		CourseID: string(s.Course), LearnerID: string(s.Learner), EnrollmentID: string(s.Enrollment),
		Status: api.Status(s.Status), Sequence: s.Sequence, Since: s.Since.UTC(),
	}
}

// withdrawalJSON names the learner who got the seat, if there is one.
func withdrawalJSON(o ports.Outcome) api.Withdrawal {
	s := o.Standing
	w := api.Withdrawal{
		CourseID: string(s.Course), LearnerID: string(s.Learner), EnrollmentID: string(s.Enrollment),
		Status: api.Status(s.Status), Position: o.Position, Sequence: s.Sequence, Since: s.Since.UTC(),
	}
	if len(o.Promoted) > 0 {
		w.Promoted = new(standingJSON(o.Promoted[0], 0))
	}
	return w
}

func courseJSON(c domain.Course) api.Course {
	return api.Course{
		CourseID: string(c.ID), Title: c.Title, Capacity: c.Capacity, Open: c.Open, WaitlistEnabled: c.WaitlistEnabled,
		SeatsTaken: c.SeatsTaken, WaitlistLength: c.WaitlistLength, Sequence: c.Sequence,
	}
}
