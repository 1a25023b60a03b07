package cli

import (
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Enroll is `roster enroll COURSE LEARNER`.
type Enroll struct{ seat }

// Withdraw is `roster withdraw COURSE LEARNER`.
type Withdraw struct{ seat }

// A seat is whose place on which course a command is about.
type seat struct {
	Course  domain.CourseID  `arg:"" help:"The course's id."`
	Learner domain.LearnerID `arg:"" help:"The learner's id; put -- before one that begins with a dash."`
	Key     *string          `help:"Run once under this key; the same key again gets the first answer." placeholder:"KEY"`
}

// Run gives the learner a seat or a place in line and prints the standing.
func (c Enroll) Run(s *Session) error {
	o, err := s.submit(c.Key, ports.Enroll{Course: c.Course, Learner: c.Learner})
	if err != nil {
		return c.failed(err)
	}
	text := fmt.Sprintf("%s is enrolled on %s", c.Learner, c.Course)
	if o.Position > 0 {
		text = fmt.Sprintf("%s is number %d in line for %s", c.Learner, o.Position, c.Course)
	}
	return s.Print(shapePlaced(o.Standing, o.Position), text)
}

// Run takes the learner from seat or line and prints the standing, and who moved up.
func (c Withdraw) Run(s *Session) error {
	o, err := s.submit(c.Key, ports.Withdraw{Course: c.Course, Learner: c.Learner})
	if err != nil {
		return c.failed(err)
	}
	shape := shapePlaced(o.Standing, o.Position)
	text := fmt.Sprintf("%s is withdrawn from %s", c.Learner, c.Course)
	if len(o.Promoted) > 0 {
		next := o.Promoted[0]
		shape.Promoted = shapePlaced(next, 0)
		text += fmt.Sprintf("; %s has the seat now", next.Learner)
	}
	return s.Print(shape, text)
}

func (c seat) failed(err error) error { return &failure{err, c.Course, c.Learner} }
