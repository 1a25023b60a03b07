package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/internal/spreadsheet"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const pageSize = 1000

// List is `roster list COURSE`, and `roster list --learner LEARNER`.
type List struct {
	Status  domain.Status
	Learner *domain.LearnerID
	CSV     bool
}

// Flags registers what to list, and how.
func (c *List) Flags(f *pflag.FlagSet) {
	OneOf(f, &c.Status, "status", "", "List only enrollments with this status, `enrolled|waitlisted|withdrawn`.",
		domain.Enrolled, domain.Waitlisted, domain.Withdrawn)
	f.Func("learner", "List the enrollments of `LEARNER` on all courses, instead of those of a course.",
		func(id string) error { c.Learner = new(domain.LearnerID(id)); return nil })
	f.BoolVar(&c.CSV, "csv", false, "Print CSV, which import reads.")
}

// Run prints all standings of a course in order of sequence, or all of a learner in order of course. It reads one page at a time,
// so its memory does not grow with their number. A standing that changes meanwhile is printed as of the read of the page.
func (c List) Run(s *Session, args []string) error {
	switch course := domain.CourseID(args[0]); {
	case s.JSON && c.CSV:
		return UsageError{"--json and --csv exclude each other; give one of them"}
	case c.Learner != nil && course != "":
		return UsageError{"--learner lists all courses; leave out " + string(course) + ", or leave out --learner"}
	case c.Learner != nil:
		return c.print(s, failure{learner: *c.Learner}, func(last ports.RankedStanding) ([]ports.RankedStanding, error) {
			return s.Service.LearnerStandings(s.Context, s.By, *c.Learner, ports.LearnerPage{After: last.Course, Limit: pageSize})
		})
	case course == "":
		return UsageError{"expected COURSE, or --learner LEARNER"}
	default:
		return c.print(s, failure{course: course}, func(last ports.RankedStanding) ([]ports.RankedStanding, error) {
			page := ports.StandingPage{After: last.Sequence, Status: c.Status, Limit: pageSize}
			return s.Service.Standings(s.Context, s.By, course, page)
		})
	}
}

// print prints the pages that next returns after the last standing, until one is not full. about has the ids for an error's text.
func (c List) print(s *Session, about failure, next func(last ports.RankedStanding) ([]ports.RankedStanding, error)) error {
	var last ports.RankedStanding
	row, name := "%8v  %-10s  %8v  %-27s  %s", func(p ports.RankedStanding) any { return p.Learner }
	heading := []any{"SEQUENCE", "STATUS", "POSITION", "SINCE", "LEARNER"}
	if c.Learner != nil {
		heading[4], name = "COURSE", func(p ports.RankedStanding) any { return p.Course }
	}
	out := bufio.NewWriter(s.Out)
	for first := true; ; first = false {
		standings, err := next(last)
		if err != nil {
			about.err = err
			return &about
		}
		switch {
		case !first || s.JSON:
		case c.CSV:
			_ = writeCSV(out, csvHeader...) // Flush returns its error
		default:
			_ = writeLines(out, fmt.Sprintf(row, heading...)) // and here
		}
		for _, p := range standings {
			last = p
			since := p.Since.UTC().Format(time.RFC3339Nano)
			switch {
			case c.Status != "" && p.Status != c.Status:
				continue
			case c.CSV:
				err = writeCSV(out, string(p.Course), string(p.Learner), string(p.Status), strconv.Itoa(p.Position),
					strconv.FormatInt(p.Sequence, 10), since, string(p.Enrollment))
			default:
				text := fmt.Sprintf(row, p.Sequence, p.Status, positionText(p.Position), since, name(p))
				err = s.printTo(out, newStandingJSON(p.Standing, &p.Position), text)
			}
			if err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || len(standings) < pageSize {
			return err
		}
	}
}

var csvHeader = []string{"course_id", "learner_id", "status", "position", "sequence", "since", "enrollment_id"}

// writeCSV writes a row for a file. Ids have no control characters, and are written as they are: import reads them again.
func writeCSV(w io.Writer, cells ...string) error {
	for i, cell := range cells {
		cells[i] = spreadsheet.EscapeFormula(cell)
	}
	var line bytes.Buffer
	row := csv.NewWriter(&line)
	_ = row.Write(cells) // to memory
	row.Flush()
	_, err := w.Write(line.Bytes())
	return err
}

func positionText(position int) string {
	if position == 0 {
		return "-"
	}
	return strconv.Itoa(position)
}
