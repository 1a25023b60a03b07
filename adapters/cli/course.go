package cli

import (
	"bufio"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// CoursePut is `roster course put ID`.
type CoursePut struct {
	ID       domain.CourseID `arg:"" help:"The course's id."`
	Title    *string         `help:"Its title; needed for a new course." placeholder:"TITLE"`
	Capacity number          `help:"How many seats it has; needed for a new course." placeholder:"N"`
	Waitlist choice          `help:"Whether those who find no seat may wait; a new course says true." placeholder:"BOOL"`
	Open     choice          `help:"Whether anybody can gain a seat; a new course says true." placeholder:"BOOL"`
}

// Run creates or changes the course and prints it.
func (c CoursePut) Run(s *Session) error {
	settings := domain.Settings{Title: c.Title, Capacity: c.Capacity.value, Open: c.Open.value, Waitlist: c.Waitlist.value}
	o, err := s.submit(nil, ports.PutCourse{Course: c.ID, Settings: settings})
	if err != nil {
		return &failure{err: err, course: c.ID}
	}
	return s.Print(shapeCourse(o.Course), describe(o.Course))
}

// CourseShow is `roster course show ID`.
type CourseShow struct {
	ID domain.CourseID `arg:"" help:"The course's id."`
}

// Run prints the course.
func (c CourseShow) Run(s *Session) error {
	course, err := s.Service.Course(s.Context, s.By, c.ID)
	if err != nil {
		return &failure{err: err, course: c.ID}
	}
	return s.Print(shapeCourse(course), describe(course))
}

func describe(c domain.Course) string {
	return fmt.Sprintf("%s  %s\n  %s\n  %d of %d seats taken, %d in line\n  sequence %d",
		c.ID, c.Title, state(c.Terms), c.SeatsTaken, c.Capacity, c.WaitlistLength, c.Sequence)
}

func state(t domain.Terms) string {
	open, waitlist := "closed", "without a waitlist"
	if t.Open {
		open = "open"
	}
	if t.Waitlist {
		waitlist = "with a waitlist"
	}
	return open + ", " + waitlist
}

// CourseList is `roster course list`.
type CourseList struct{}

// Run prints all courses in order of id, a page at a time, so that it holds few of them however many there are.
func (c CourseList) Run(s *Session) error {
	const row = "%-20s %10v %10v %10v  %-26s %s"
	out := bufio.NewWriter(s.Out)
	if !s.JSON {
		fmt.Fprintf(out, row+"\n", "COURSE", "SEATS", "TAKEN", "IN LINE", "STATE", "TITLE")
	}
	page := ports.CoursePage{Limit: pageSize}
	for {
		courses, err := s.Service.Courses(s.Context, s.By, page)
		if err != nil {
			return err
		}
		for _, c := range courses {
			text := fmt.Sprintf(row, c.ID, c.Capacity, c.SeatsTaken, c.WaitlistLength, state(c.Terms), c.Title)
			if err := s.printTo(out, shapeCourse(c), text); err != nil {
				return err
			}
			page.After = c.ID
		}
		if err := out.Flush(); err != nil || len(courses) < page.Limit {
			return err
		}
	}
}
