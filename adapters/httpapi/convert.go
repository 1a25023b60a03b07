package httpapi

import (
	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// standingJSON converts a standing, which the API calls an enrollment. The position is nil if it is unknown.
func standingJSON(s domain.Standing, position *int) api.Standing {
	return api.Standing{
		CourseID: string(s.Course), LearnerID: string(s.Learner), EnrollmentID: string(s.Enrollment),
		Status: api.Status(s.Status), Position: position, Sequence: s.Sequence, Since: s.Since.UTC(),
	}
}

func standingsJSON(ranked []ports.RankedStanding) []api.Standing {
	items := make([]api.Standing, len(ranked))
	for i, s := range ranked {
		items[i] = standingJSON(s.Standing, &s.Position)
	}
	return items
}

// withdrawalJSON includes the standing of the learner who got the seat, if there is one.
func withdrawalJSON(o ports.Outcome) api.Standing {
	withdrawn := standingJSON(o.Standing, &o.Position)
	if len(o.Promoted) > 0 {
		withdrawn.Promoted = new(standingJSON(o.Promoted[0], new(0)))
	}
	return withdrawn
}

func courseJSON(c domain.Course) api.Course {
	return api.Course{
		CourseID: string(c.ID), Title: c.Title, Capacity: c.Capacity, Open: c.Open, WaitlistEnabled: c.WaitlistEnabled,
		SeatsTaken: c.SeatsTaken, WaitlistLength: c.WaitlistLength, Sequence: c.Sequence,
	}
}
