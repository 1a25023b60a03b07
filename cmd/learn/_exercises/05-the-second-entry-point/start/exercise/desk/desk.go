// Package desk takes enrollments for one course, by two entry points. The course is in memory, and its rules are those of package domain.
package desk

import (
	"sync"
	"time"

	"example.com/roster/domain"
)

// A Desk has the course. It is safe for concurrent use.
type Desk struct {
	mu     sync.Mutex
	roster *domain.Roster
}

// New returns a desk for an open course with a waitlist.
func New(capacity int) *Desk {
	r := domain.NewRoster(domain.Course{ID: "go-101"}, nil, nil)
	if _, err := r.Put(domain.Settings{Title: new("Go"), Capacity: &capacity}, time.Now()); err != nil {
		panic(err) // title and capacity are all that a new course needs
	}
	return &Desk{roster: r}
}

// Do calls act with the course and the time. No other call changes the course meanwhile.
func (d *Desk) Do(act func(r *domain.Roster, at time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return act(d.roster, time.Now())
}

// Status returns what a learner has: enrolled, waitlisted, withdrawn, or nothing.
func (d *Desk) Status(learner domain.LearnerID) domain.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.roster.Standing(learner).Status
}

// enroll enrolls a learner. The learner's name serves as the enrollment's id, too: there is one course.
func enroll(r *domain.Roster, learner string, at time.Time) error {
	_, err := r.Enroll(domain.LearnerID(learner), domain.EnrollmentID(learner), false, at)
	return err
}

func withdraw(r *domain.Roster, learner string, at time.Time) error {
	_, err := r.Withdraw(domain.LearnerID(learner), "", at)
	return err
}
