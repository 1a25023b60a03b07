package cli

import (
	"bufio"
	"fmt"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const pageSize = 1000 // rows asked for at a time

// List is `roster list COURSE`.
type List struct {
	Course domain.CourseID `arg:"" help:"The course's id."`
	Status domain.Status   `help:"Only these: enrolled, waitlisted or withdrawn." enum:"enrolled,waitlisted,withdrawn," default:"" placeholder:"STATUS"`
}

// Run prints all standings in order of sequence, a page at a time, so that it holds few of them however many there are.
// A learner who moves meanwhile is printed as he was when his page was read.
func (c List) Run(s *Session) error {
	const row = "%8v  %-10s  %8v  %-27s  %s"
	out := bufio.NewWriter(s.Out)
	page := ports.StandingPage{Status: c.Status, Limit: pageSize}
	for {
		standings, err := s.Service.Standings(s.Context, s.By, c.Course, page)
		if err != nil {
			return &failure{err: err, course: c.Course}
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
