package keys

import (
	"encoding/hex"
	"fmt"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// decide lets the rule decide whether the learner gets a seat. A refusal is an outcome, too: it changes nothing.
func decide(roster *domain.Roster, learner domain.LearnerID, at time.Time) (ports.Outcome, ports.Changes) {
	enrollment := domain.EnrollmentID(fmt.Sprint(learner, "-", roster.Course.Sequence+1))
	decision, err := roster.Enroll(learner, enrollment, false, at)
	outcome := ports.Outcome{Refused: ports.KindOf(err), Standing: decision.Standing, Position: decision.Position}
	if err != nil {
		return outcome, ports.Changes{}
	}
	changes := ports.Changes{Courses: []domain.Course{roster.Course}, Standings: []domain.Standing{decision.Standing}}
	for _, e := range decision.Events {
		changes.Journal = append(changes.Journal, ports.Entry{ID: fmt.Sprint(e.Course, "-", e.Sequence), Event: e})
	}
	return outcome, changes
}

// fingerprint returns a text that is the same for two commands if and only if they ask for the same.
func fingerprint(course domain.CourseID, learner domain.LearnerID) string {
	return hex.EncodeToString(ports.Enroll{Course: course, Learner: learner}.AppendCanonical(nil))
}
