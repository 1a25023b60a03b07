package importer

import (
	"fmt"
	"strconv"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A table is a kind of file: its columns and what its rows mean.
type table struct {
	columns  []string
	required int                                          // as many columns, from the first, have to be there
	chunk    int                                          // rows in a transaction
	action   func(columns []string) (ports.Action, error) // what a row asks for
	done     func(ports.Outcome) string                   // what to count an outcome as
	refusals map[domain.Kind]string                       // what to tell of a row that a rule refused
}

var enrollments = table{
	columns:  []string{"course_id", "learner_id", "action"},
	required: 2,
	chunk:    1000,
	action:   enrollmentAction,
	done:     func(o ports.Outcome) string { return string(o.Standing.Status) },
	refusals: map[domain.Kind]string{
		domain.ErrCourseNotFound:    "there is no such course",
		domain.ErrCourseFull:        "no seat is free, and the course has no waitlist",
		domain.ErrCourseClosed:      "the course is closed",
		domain.ErrAlreadyEnrolled:   "the learner has a seat already",
		domain.ErrAlreadyWaitlisted: "the learner is in line already",
		domain.ErrNotEnrolled:       "the learner holds neither a seat nor a place in line",
	},
}

func enrollmentAction(columns []string) (ports.Action, error) {
	course, learner := domain.CourseID(columns[0]), domain.LearnerID(columns[1])
	if err := course.Validate(); err != nil {
		return nil, err
	}
	switch columns[2] {
	case "", "enroll":
		return ports.Enroll{Course: course, Learner: learner}, learner.Validate()
	case "withdraw":
		return ports.Withdraw{Course: course, Learner: learner}, learner.Validate()
	}
	return nil, fmt.Errorf("action must be enroll or withdraw, not %.100q", columns[2])
}

var courses = table{
	columns:  []string{"course_id", "title", "capacity", "waitlist"},
	required: 3,
	chunk:    100, // each may load a thousand of a line
	action:   courseAction,
	done: func(o ports.Outcome) string {
		if o.Created {
			return "created"
		}
		return "kept"
	},
	refusals: map[domain.Kind]string{domain.ErrCourseNotFound: "a new course needs a title and a capacity"},
}

func courseAction(columns []string) (ports.Action, error) {
	put := ports.PutCourse{Course: domain.CourseID(columns[0])}
	if err := put.Course.Validate(); err != nil {
		return nil, err
	}
	if columns[1] != "" {
		put.Title = &columns[1]
	}
	if columns[2] != "" {
		capacity, err := strconv.Atoi(columns[2])
		if err != nil {
			return nil, fmt.Errorf("capacity must be a whole number, not %.100q", columns[2])
		}
		put.Capacity = &capacity
	}
	if columns[3] != "" {
		waitlist, err := strconv.ParseBool(columns[3])
		if err != nil {
			return nil, fmt.Errorf("waitlist must be true or false, not %.100q", columns[3])
		}
		put.WaitlistEnabled = &waitlist
	}
	return put, put.Settings.Validate()
}
