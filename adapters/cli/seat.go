package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Enroll is `roster enroll COURSE LEARNER`.
type Enroll struct{ seat }

// Withdraw is `roster withdraw COURSE LEARNER`.
type Withdraw struct{ seat }

// A seat is what both say of somebody's place on a course.
type seat struct{ Key *string }

// Flags registers what either may say.
func (c *seat) Flags(f *pflag.FlagSet) {
	f.Func("key", "Run once under this `KEY`; the same key again gets the first answer.",
		func(key string) error { c.Key = &key; return nil })
}

// Run gives the learner a seat or a place in line and prints the standing.
func (c Enroll) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Enroll{Course: course, Learner: learner})
	if err != nil {
		return &failure{err, course, learner}
	}
	text := fmt.Sprintf("%s is enrolled on %s", learner, course)
	if o.Position > 0 {
		text = fmt.Sprintf("%s is number %d in line for %s", learner, o.Position, course)
	}
	return s.Print(shapePlaced(o.Standing, o.Position), text)
}

// Run takes the learner from seat or line and prints the standing, and who moved up.
func (c Withdraw) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Withdraw{Course: course, Learner: learner})
	if err != nil {
		return &failure{err, course, learner}
	}
	shape := shapePlaced(o.Standing, o.Position)
	text := fmt.Sprintf("%s is withdrawn from %s", learner, course)
	if len(o.Promoted) > 0 {
		next := o.Promoted[0]
		shape.Promoted = shapePlaced(next, 0)
		text += fmt.Sprintf("; %s has the seat now", next.Learner)
	}
	return s.Print(shape, text)
}
