package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A schema describes a kind of file: its columns and the meaning of its rows.
type schema struct {
	columns      []string
	required     int                                          // how many of the columns, from the first, a file must have
	actionColumn int                                          // that says what a row does; -1: none
	own          []string                                     // columns of what list prints
	deciders     []string                                     // more names of columns that say what a row means
	chunkSize    int                                          // rows in a chunk
	partSize     int                                          // rows in a part of a chunk, about
	action       func(columns []string) (ports.Action, error) // the action of a row
	count        func(ports.Outcome) string                   // the name that an outcome is counted under; empty: not counted
	refusals     map[domain.Kind]string                       // the detail of a row that a rule refused
}

var enrollmentColumns = []string{"course_id", "learner_id", "action"}

var enrollments = schema{
	columns:      enrollmentColumns,
	required:     2,
	actionColumn: 2,
	own:          []string{"course_id", "learner_id", "enrollment_id", "status", "position", "sequence", "since"},
	chunkSize:    1000,
	partSize:     1000, // one key for all
	action:       newAction,
	count:        func(o ports.Outcome) string { return string(o.Standing.Status) },
	refusals: map[domain.Kind]string{
		domain.ErrCourseNotFound:     "the course does not exist; create it with course put or course import",
		domain.ErrCourseFull:         "no seat is free, and the course has no waitlist",
		domain.ErrCourseClosed:       "the course is closed",
		domain.ErrAlreadyEnrolled:    "the learner already has a seat",
		domain.ErrAlreadyWaitlisted:  "the learner is already on the waitlist",
		domain.ErrNotEnrolled:        "the learner has no seat and is not on the waitlist",
		domain.ErrEnrollmentMismatch: "the learner has left and enrolled again since",
		domain.ErrAlreadyExists:      "the learner already holds something there",
	},
}

// enrollmentAction returns the action of a row. Its learner may be stored with white space around the id.
func enrollmentAction(columns []string) (ports.Action, error) {
	course, learner := domain.CourseID(columns[0]), domain.LearnerID(columns[1])
	for i, id := range columns[:2] {
		if id == "" {
			return nil, fmt.Errorf("%s is empty", enrollmentColumns[i])
		}
	}
	if err := course.Validate(); err != nil {
		return nil, err
	}
	switch strings.ToLower(strings.TrimSpace(columns[2])) {
	case "", "enroll":
		return ports.Enroll{Course: course, Learner: learner}, learner.Validate()
	case "withdraw":
		return ports.Withdraw{Course: course, Learner: learner}, learner.Validate()
	}
	return nil, fmt.Errorf("action must be enroll or withdraw, got %.100q", columns[2])
}

// newAction is enrollmentAction for ids that may get a standing.
func newAction(columns []string) (ports.Action, error) {
	action, err := enrollmentAction(columns)
	if err != nil {
		return nil, err
	}
	return action, action.Validate()
}

var courseColumns = []string{"course_id", "title", "capacity", "waitlist", "open"}

var courses = schema{
	columns:      courseColumns,
	required:     3,
	actionColumn: -1,
	deciders:     []string{"opened", "closed"},
	chunkSize:    400,
	partSize:     100, // each course may load a thousand waiting learners
	action:       courseAction,
	count: func(o ports.Outcome) string {
		if o.Created {
			return "created"
		}
		return "kept"
	},
	refusals: map[domain.Kind]string{domain.ErrCourseNotFound: "a new course needs a title and a capacity"},
}

func courseAction(columns []string) (ports.Action, error) {
	put := ports.PutCourse{Course: domain.CourseID(columns[0])}
	if put.Course == "" {
		return nil, fmt.Errorf("%s is empty", courseColumns[0])
	}
	if err := put.Course.Validate(); err != nil {
		return nil, err
	}
	if columns[1] != "" {
		put.Title = &columns[1]
	}
	if columns[2] != "" {
		capacity, err := strconv.Atoi(columns[2])
		if err != nil {
			return nil, fmt.Errorf("capacity must be a whole number, got %.100q", columns[2])
		}
		put.Capacity = &capacity
	}
	for n, setting := range []**bool{&put.WaitlistEnabled, &put.Open} {
		i := 3 + n
		if columns[i] == "" {
			continue
		}
		on, err := strconv.ParseBool(columns[i])
		if err != nil {
			return nil, fmt.Errorf("%s must be true or false, got %.100q", courseColumns[i], columns[i])
		}
		*setting = &on
	}
	return put, put.Settings.Validate()
}

// isOwn reports whether a header is that of what list prints.
func (sc schema) isOwn(header []string) bool {
	return len(sc.own) > 0 && !slices.ContainsFunc(sc.own, func(name string) bool { return indexOf(header, name) < 0 })
}

// newOwnLayout returns the layout for what list prints: learners who have a seat or wait enroll, and those who have withdrawn are skipped.
func newOwnLayout(sc schema, names func(column int) []string) *layout {
	live := []string{string(domain.Enrolled), string(domain.Waitlisted)}
	l := newLayout(sc, Mapping{EnrollIf: Assignments{{"status", live}}}, names)
	l.known = []condition{{l.enrollIf[0].column, append(slices.Clone(live), string(domain.Withdrawn))}}
	return l
}

// changedBy reports whether a mapping would change what the layout reads.
func (l *layout) changedBy(m Mapping) bool {
	return !m.plain() || slices.ContainsFunc(m.IgnoreColumns, func(name string) bool { return l.indexOf(name) >= 0 })
}

// camel returns the JSON name of a column: course_id is courseId.
func camel(column string) string {
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
