package entry

import (
	"context"
	"maps"
	"math"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// calls are what a page can call.
var calls = map[string]call{
	"putCourse":       taking(putCourse),
	"listCourses":     taking(listCourses),
	"enroll":          taking(enroll),
	"withdraw":        taking(withdraw),
	"listEnrollments": taking(listEnrollments),
	"listEvents":      taking(listEvents),
}

func names() []string { return slices.Sorted(maps.Keys(calls)) }

func putCourse(c *Core, a struct {
	command
	Course          domain.CourseID `json:"courseId"`
	Title           *string         `json:"title"`
	Capacity        *int            `json:"capacity"`
	Open            *bool           `json:"open"`
	WaitlistEnabled *bool           `json:"waitlistEnabled"`
}) (any, error) {
	settings := domain.Settings{Title: a.Title, Capacity: a.Capacity, Open: a.Open, WaitlistEnabled: a.WaitlistEnabled}
	done, err := c.submit(a.command, ports.PutCourse{Course: a.Course, Settings: settings})
	return newCourseJSON(done.Course), err
}

func listCourses(c *Core, a caller) (any, error) {
	found, err := c.service.Courses(context.Background(), a.actor(), ports.CoursePage{Limit: math.MaxInt})
	return listOf(found, newCourseJSON), err
}

func enroll(c *Core, a struct {
	command
	Course   domain.CourseID  `json:"courseId"`
	Learner  domain.LearnerID `json:"learnerId"`
	SeatOnly bool             `json:"seatOnly"`
}) (any, error) {
	done, err := c.submit(a.command, ports.Enroll{Course: a.Course, Learner: a.Learner, SeatOnly: a.SeatOnly})
	return newOutcomeJSON(done), err
}

func withdraw(c *Core, a struct {
	command
	Course     domain.CourseID     `json:"courseId"`
	Learner    domain.LearnerID    `json:"learnerId"`
	Enrollment domain.EnrollmentID `json:"enrollmentId"`
}) (any, error) {
	done, err := c.submit(a.command, ports.Withdraw{Course: a.Course, Learner: a.Learner, Enrollment: a.Enrollment})
	return newOutcomeJSON(done), err
}

func listEnrollments(c *Core, a struct {
	caller
	Course domain.CourseID `json:"courseId"`
	Status domain.Status   `json:"status"`
}) (any, error) {
	page := ports.StandingPage{Status: a.Status, Limit: math.MaxInt}
	found, err := c.service.Standings(context.Background(), a.actor(), a.Course, page)
	return listOf(found, newStandingJSON), err
}

// listEvents returns the journal of a course. The HTTP API has no such operation: there, events are messages.
func listEvents(c *Core, a struct {
	caller
	Course domain.CourseID `json:"courseId"`
}) (any, error) {
	if _, err := c.service.Standings(context.Background(), a.actor(), a.Course, ports.StandingPage{Limit: 1}); err != nil {
		return nil, err // who may not see the learners may not see the events
	}
	var found []ports.Entry
	for entry, err := range c.store.Journal(context.Background(), tenant, a.Course, 0) {
		if err != nil {
			return nil, err
		}
		found = append(found, entry)
	}
	return listOf(found, newEventJSON), nil
}
