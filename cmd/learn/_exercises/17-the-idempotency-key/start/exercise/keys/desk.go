// Package keys enrolls learners. A caller that got no answer sends the request again, under the same idempotency key.
package keys

import (
	"context"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Desk enrolls learners. There may be several on one store, each a process of its own.
type Desk struct {
	Store ports.Store
	Now   func() time.Time
}

// Enroll gives the learner a seat, or a place on the waitlist. The reply has one outcome, which may be a refusal, or an error.
//
// key is a name that the actor has chosen for this command; it may be empty.
func (d *Desk) Enroll(ctx context.Context, by ports.Actor, key string, course domain.CourseID, learner domain.LearnerID) ports.Reply {
	need := ports.Need{Tenant: by.Tenant, Courses: []ports.NeedCourse{{ID: course, Learners: []domain.LearnerID{learner}}}}
	var reply ports.Reply
	err := d.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		outcome, changes := decide(loaded.Rosters[0], learner, d.Now())
		reply = ports.Reply{Outcomes: []ports.Outcome{outcome}}
		return changes, nil
	})
	if err != nil {
		return ports.Reply{Err: err}
	}
	return reply
}
