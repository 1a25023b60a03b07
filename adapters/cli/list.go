package cli

import (
	"bufio"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const pageSize = 1000 // rows asked for at a time

// List is `roster list COURSE`.
type List struct{ Status domain.Status }

// Flags registers what to list.
func (c *List) Flags(f *pflag.FlagSet) {
	OneOf(f, &c.Status, "status", "", "List only those of this `STATUS`: enrolled, waitlisted or withdrawn.",
		domain.Enrolled, domain.Waitlisted, domain.Withdrawn)
}

// Run prints all standings in order of sequence, a page at a time, so that it holds few of them however many there are.
// A learner who moves meanwhile is printed as he was when his page was read.
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
			fmt.Fprintf(out, row+"\n", "SEQUENCE", "STATUS", "POSITION", "SINCE", "LEARNER")
		}
		for _, p := range standings {
			text := fmt.Sprintf(row, p.Sequence, p.Status, place(p.Position), p.Since.UTC().Format(time.RFC3339Nano), p.Learner)
			if err := s.printTo(out, shapePlaced(p.Standing, p.Position), text); err != nil {
				return err
			}
			page.After = p.Sequence
		}
		if err := out.Flush(); err != nil || len(standings) < page.Limit {
			return err
		}
	}
}

func place(position int) string {
	if position == 0 {
		return "-"
	}
	return fmt.Sprint(position)
}
