package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Enroll is `roster enroll COURSE LEARNER`.
type Enroll struct{ keyFlag }

// Withdraw is `roster withdraw COURSE LEARNER`.
type Withdraw struct {
	keyFlag
	Enrollment domain.EnrollmentID
}

// Flags registers the key and which enrollment to end.
func (c *Withdraw) Flags(f *pflag.FlagSet) {
	c.keyFlag.Flags(f)
	f.Func("enrollment", "Withdraw only if `ID` is the live enrollment, as in enrollmentId; refuse otherwise.", func(id string) error {
		if id == "" {
			return errors.New("must not be empty; leave it out to withdraw from any")
		}
		c.Enrollment = domain.EnrollmentID(id)
		return nil
	})
}

// A keyFlag is a flag that several commands have.
type keyFlag struct{ Key string }

// Flags registers it.
func (c *keyFlag) Flags(f *pflag.FlagSet) {
	f.Func("key", "Run once under this idempotency `KEY`; the same key again returns the first reply.",
		func(key string) error {
			if c.Key = key; key == "" {
				return errors.New("must not be empty; leave it out to run without one")
			}
			return nil
		})
}

// Run enrolls the learner and prints the standing: a seat or a waitlist position.
func (c Enroll) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Enroll{Course: course, Learner: learner})
	if err != nil {
		return &failure{err, course, learner}
	}
	return s.Print(newOutcomeJSON(o), outcomeText(o))
}

// Run withdraws the learner and prints the standing, and the learner who was promoted.
func (c Withdraw) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Withdraw{Course: course, Learner: learner, Enrollment: c.Enrollment})
	if err != nil {
		return &failure{err, course, learner}
	}
	return s.Print(newOutcomeJSON(o), outcomeText(o))
}

// outcomeText says in one line what an enrollment or a withdrawal has led to.
func outcomeText(o ports.Outcome) string {
	switch learner, course := o.Standing.Learner, o.Standing.Course; {
	case o.Standing.Status == domain.Withdrawn && len(o.Promoted) > 0:
		return fmt.Sprintf("%s is withdrawn from %s; %s has the seat now", learner, course, o.Promoted[0].Learner)
	case o.Standing.Status == domain.Withdrawn:
		return fmt.Sprintf("%s is withdrawn from %s", learner, course)
	case o.Position > 0:
		return fmt.Sprintf("%s is number %d on the waitlist of %s", learner, o.Position, course)
	default:
		return fmt.Sprintf("%s is enrolled on %s", learner, course)
	}
}
