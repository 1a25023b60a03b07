package cli

import (
	"bufio"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// CoursePut is `roster course put COURSE`.
type CoursePut struct {
	Title          *string
	Capacity       *int
	Waitlist, Open *bool
}

// Flags registers the settings; one that is not given is nil. The domain checks the values, so a capacity of -3 is no usage error.
func (c *CoursePut) Flags(f *pflag.FlagSet) {
	f.Func("title", "Set the title to `TITLE`; required for a new course.", func(title string) error { c.Title = &title; return nil })
	f.Func("capacity", "Set the number of seats to `N`; required for a new course.", optional(&c.Capacity, strconv.Atoi, "a whole number"))
	f.Func("waitlist", "Put learners on a waitlist if the course is full, `true|false`; true for a new course.",
		optional(&c.Waitlist, strconv.ParseBool, "true or false"))
	f.Func("open", "Allow learners to gain a seat, `true|false`; true for a new course.",
		optional(&c.Open, strconv.ParseBool, "true or false"))
}

// optional returns a flag's setter for a value that is nil if the flag is not given.
func optional[T any](p **T, parse func(string) (T, error), kind string) func(string) error {
	return func(text string) error {
		value, err := parse(text)
		if err != nil {
			return fmt.Errorf("must be %s", kind)
		}
		*p = &value
		return nil
	}
}

// Run creates or changes the course and prints it.
func (c CoursePut) Run(s *Session, args []string) error {
	id := domain.CourseID(args[0])
	settings := domain.Settings{Title: c.Title, Capacity: c.Capacity, Open: c.Open, WaitlistEnabled: c.Waitlist}
	o, err := s.submit("", ports.PutCourse{Course: id, Settings: settings})
	if err != nil {
		return &failure{err: err, course: id}
	}
	return s.Print(newCourseJSON(o.Course), describe(o.Course)...)
}

// CourseShow is `roster course show COURSE`.
type CourseShow struct{}

// Run prints the course.
func (CourseShow) Run(s *Session, args []string) error {
	id := domain.CourseID(args[0])
	course, err := s.Service.Course(s.Context, s.By, id)
	if err != nil {
		return &failure{err: err, course: id}
	}
	return s.Print(newCourseJSON(course), describe(course)...)
}

// describe returns a course as lines of text.
func describe(c domain.Course) []string {
	return []string{
		fmt.Sprintf("%s  %s", c.ID, c.Title),
		"  " + state(c.Terms),
		fmt.Sprintf("  %d of %d seats taken, %d on the waitlist", c.SeatsTaken, c.Capacity, c.WaitlistLength),
		fmt.Sprintf("  sequence %d", c.Sequence),
	}
}

func state(t domain.Terms) string {
	open, waitlist := "closed", "without a waitlist"
	if t.Open {
		open = "open"
	}
	if t.WaitlistEnabled {
		waitlist = "with a waitlist"
	}
	return open + ", " + waitlist
}

// CourseList is `roster course list`.
type CourseList struct{}

// Run prints all courses in order of id. It reads one page at a time, so its memory does not grow with their number.
func (CourseList) Run(s *Session, _ []string) error {
	const row = "%-20s %10v %10v %10v  %-26s %s"
	out := bufio.NewWriter(s.Out)
	if !s.JSON {
		_ = writeLines(out, fmt.Sprintf(row, "COURSE", "SEATS", "TAKEN", "IN LINE", "STATE", "TITLE")) // Flush returns its error
	}
	page := ports.CoursePage{Limit: pageSize}
	for {
		courses, err := s.Service.Courses(s.Context, s.By, page)
		if err != nil {
			return err
		}
		for _, c := range courses {
			text := fmt.Sprintf(row, c.ID, c.Capacity, c.SeatsTaken, c.WaitlistLength, state(c.Terms), c.Title)
			if err := s.printTo(out, newCourseJSON(c), text); err != nil {
				return err
			}
			page.After = c.ID
		}
		if err := out.Flush(); err != nil || len(courses) < page.Limit {
			return err
		}
	}
}
