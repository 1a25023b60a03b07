// Package unitofwork enrolls and withdraws learners at a desk.
package unitofwork

import (
	"context"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Tenant is the tenant of all courses here.
const Tenant domain.TenantID = "default"

// A Desk enrolls and withdraws learners.
type Desk struct {
	Store ports.Store
}

// Enroll gives the learner a seat, or a place on the waitlist, and returns which. After an error, nothing has changed: it is a [domain.Kind] if
// the rule refuses, and otherwise an error of the store.
func (d Desk) Enroll(ctx context.Context, course domain.CourseID, learner domain.LearnerID, at time.Time) (domain.Standing, error) {
	return d.change(ctx, course, learner, func(r *domain.Roster) (domain.Decision, error) {
		return r.Enroll(learner, domain.EnrollmentID(learner), false, at)
	})
}

// Withdraw takes the learner's seat or place, and gives a free seat to the first learner on the waitlist. After an error, nothing has changed.
func (d Desk) Withdraw(ctx context.Context, course domain.CourseID, learner domain.LearnerID, at time.Time) (domain.Standing, error) {
	return d.change(ctx, course, learner, func(r *domain.Roster) (domain.Decision, error) {
		return r.Withdraw(learner, "", at)
	})
}

func (d Desk) change(ctx context.Context, course domain.CourseID, learner domain.LearnerID,
	decide func(*domain.Roster) (domain.Decision, error)) (domain.Standing, error) {
	var roster *domain.Roster
	need := ports.Need{Tenant: Tenant, Courses: []ports.NeedCourse{{ID: course, Learners: []domain.LearnerID{learner}, FirstWaiting: 1}}}
	err := d.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		roster = loaded.Rosters[0]
		return ports.Changes{}, nil
	})
	if err != nil {
		return domain.Standing{}, err
	}
	decision, err := decide(roster)
	if err != nil {
		return domain.Standing{}, err
	}
	for _, e := range decision.Events {
		if err := (Standings{d.Store}).Save(ctx, e.Standing()); err != nil {
			return domain.Standing{}, err
		}
	}
	if err := (Courses{d.Store}).Save(ctx, roster.Course); err != nil {
		return domain.Standing{}, err
	}
	for _, e := range decision.Events {
		if err := (Journal{d.Store}).Append(ctx, e); err != nil {
			return domain.Standing{}, err
		}
	}
	return decision.Standing, nil
}
