// Package lastseat enrolls learners at desks.
package lastseat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Tenant is the tenant of all courses here.
const Tenant domain.TenantID = "default"

// A Desk enrolls learners. There are several: each is a process of its own, and they share one store.
type Desk struct {
	Store ports.Store
}

// Enroll gives the learner a seat, or a place on the waitlist, and returns which. An error that is a [domain.Kind] is a refusal of the rule.
func (d *Desk) Enroll(ctx context.Context, course domain.CourseID, learner domain.LearnerID, at time.Time) (domain.Standing, error) {
	c, err := d.Store.Course(ctx, Tenant, course)
	if err != nil {
		return domain.Standing{}, err
	}
	var standings []domain.Standing
	switch held, err := d.Store.Standing(ctx, Tenant, course, learner); {
	case err == nil:
		standings = append(standings, held.Standing)
	case !errors.Is(err, domain.ErrNotEnrolled):
		return domain.Standing{}, err
	}
	roster := domain.NewRoster(c, standings, nil)
	decision, err := roster.Enroll(learner, domain.EnrollmentID(learner), false, at)
	if err != nil {
		return domain.Standing{}, err
	}

	need := ports.Need{Tenant: Tenant, Courses: []ports.NeedCourse{{ID: course}}}
	err = d.Store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) {
		return changes(roster, decision), nil
	})
	if err != nil {
		return domain.Standing{}, err
	}
	return decision.Standing, nil
}

// changes returns what a decision about one learner changes.
func changes(roster *domain.Roster, decision domain.Decision) ports.Changes {
	changes := ports.Changes{Courses: []domain.Course{roster.Course}, Standings: []domain.Standing{decision.Standing}}
	for _, e := range decision.Events {
		changes.Journal = append(changes.Journal, ports.Entry{ID: fmt.Sprint(e.Course, "-", e.Sequence), Event: e})
	}
	return changes
}
