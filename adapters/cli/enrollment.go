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
	notEmpty(f, (*string)(&c.Enrollment), "enrollment",
		"Withdraw only if `ID` is the live enrollment, as in enrollmentId; refuse otherwise.", "withdraw from any")
}

// A keyFlag is a flag that several commands have.
type keyFlag struct{ Key string }

// Flags registers it.
func (c *keyFlag) Flags(f *pflag.FlagSet) {
	notEmpty(f, &c.Key, "key", "Run once under this idempotency `KEY`; the same key again returns the first reply.", "run without one")
}

// notEmpty registers a flag that must have a value if it is given. The error says what the command does without it.
func notEmpty(f *pflag.FlagSet, to *string, name, help, without string) {
	f.Func(name, help, func(value string) error {
		if *to = value; value == "" {
			return errors.New("must not be empty; leave it out to " + without)
		}
		return nil
	})
}

// Run enrolls the learner and prints the standing: a seat or a waitlist position.
func (c Enroll) Run(s *Session, args []string) error {
	return s.change(c.Key, ports.Enroll{Course: domain.CourseID(args[0]), Learner: domain.LearnerID(args[1])})
}

// Run withdraws the learner and prints the standing, and the learner who was promoted.
func (c Withdraw) Run(s *Session, args []string) error {
	return s.change(c.Key, ports.Withdraw{Course: domain.CourseID(args[0]), Learner: domain.LearnerID(args[1]), Enrollment: c.Enrollment})
}

// change submits an action on one learner, and prints its outcome.
func (s *Session) change(key string, a ports.Action) error {
	o, err := s.submit(key, a)
	if err != nil {
		return &failure{err, a.CourseID(), a.Learners()[0]}
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
