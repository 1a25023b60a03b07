package cli

import (
	"bufio"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Enroll is `roster enroll COURSE LEARNER`.
type Enroll struct{ keyFlag }

// Withdraw is `roster withdraw COURSE LEARNER`.
type Withdraw struct{ keyFlag }

// A keyFlag is the flag that both have.
type keyFlag struct{ Key *string }

// Flags registers it.
func (c *keyFlag) Flags(f *pflag.FlagSet) {
	f.Func("key", "Run once under this idempotency `KEY`; the same key again returns the first reply.",
		func(key string) error { c.Key = &key; return nil })
}

// Run enrolls the learner and prints the standing: a seat or a waitlist position.
func (c Enroll) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Enroll{Course: course, Learner: learner})
	if err != nil {
		return &failure{err, course, learner}
	}
	text := fmt.Sprintf("%s is enrolled on %s", learner, course)
	if o.Position > 0 {
		text = fmt.Sprintf("%s is number %d on the waitlist of %s", learner, o.Position, course)
	}
	return s.Print(newStandingJSON(o.Standing, &o.Position), text)
}

// Run withdraws the learner and prints the standing, and the learner who was promoted.
func (c Withdraw) Run(s *Session, args []string) error {
	course, learner := domain.CourseID(args[0]), domain.LearnerID(args[1])
	o, err := s.submit(c.Key, ports.Withdraw{Course: course, Learner: learner})
	if err != nil {
		return &failure{err, course, learner}
	}
	view := newStandingJSON(o.Standing, &o.Position)
	text := fmt.Sprintf("%s is withdrawn from %s", learner, course)
	if len(o.Promoted) > 0 {
		next := o.Promoted[0]
		view.Promoted = newStandingJSON(next, new(0))
		text += fmt.Sprintf("; %s has the seat now", next.Learner)
	}
	return s.Print(view, text)
}

const pageSize = 1000

// List is `roster list COURSE`.
type List struct{ Status domain.Status }

// Flags registers what to list.
func (c *List) Flags(f *pflag.FlagSet) {
	OneOf(f, &c.Status, "status", "", "List only enrollments with this status, `enrolled|waitlisted|withdrawn`.",
		domain.Enrolled, domain.Waitlisted, domain.Withdrawn)
}

// Run prints all standings in order of sequence. It reads one page at a time, so its memory does not grow with their number.
// A learner whose standing changes meanwhile is printed as of the read of the page.
func (c List) Run(s *Session, args []string) error {
	const row = "%8v  %-10s  %8v  %-27s  %s"
	course := domain.CourseID(args[0])
	out := bufio.NewWriter(s.Out)
	page := ports.StandingPage{Status: c.Status, Limit: pageSize}
	for {
		standings, err := s.Service.Standings(s.Context, s.By, course, page)
		if err != nil {
			return &failure{err: err, course: course}
		}
		if page.After == 0 && !s.JSON {
			_ = writeLines(out, fmt.Sprintf(row, "SEQUENCE", "STATUS", "POSITION", "SINCE", "LEARNER")) // Flush returns its error
		}
		for _, p := range standings {
			text := fmt.Sprintf(row, p.Sequence, p.Status, positionText(p.Position), p.Since.UTC().Format(time.RFC3339Nano), p.Learner)
			if err := s.printTo(out, newStandingJSON(p.Standing, &p.Position), text); err != nil {
				return err
			}
			page.After = p.Sequence
		}
		if err := out.Flush(); err != nil || len(standings) < page.Limit {
			return err
		}
	}
}

func positionText(position int) string {
	if position == 0 {
		return "-"
	}
	return fmt.Sprint(position)
}
