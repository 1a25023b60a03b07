package cli

import (
	"bufio"
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
	f.BoolVar(&c.CSV, "csv", false, "Print CSV, which import reads: those with a seat first, then the waitlist.")
}

// seatsFirst is the order in which import restores a course: a promoted learner has a later sequence than those who still wait.
// The enrolled are read twice, because a learner of the waitlist may be promoted before it is read.
var seatsFirst = []domain.Status{domain.Enrolled, domain.Waitlisted, domain.Enrolled, domain.Withdrawn}

// Run prints all standings of a course in order of sequence, as CSV by status first, or all of a learner in order of course. It
// reads one page at a time, so its memory does not grow with their number. A standing that changes meanwhile is printed as of the
// read of the page.
func (c List) Run(s *Session, args []string) error {
	switch course := domain.CourseID(args[0]); {
	case s.JSON && c.CSV:
		return UsageError{"--json and --csv exclude each other; give one of them"}
	case c.Learner != nil && course != "":
		return UsageError{"--learner lists all courses; leave out " + string(course) + ", or leave out --learner"}
	case c.Learner != nil:
		return c.print(s, failure{learner: *c.Learner}, func(_ domain.Status, last ports.RankedStanding) ([]ports.RankedStanding, error) {
			return s.Service.LearnerStandings(s.Context, s.By, *c.Learner, ports.LearnerPage{After: last.Course, Limit: pageSize})
		})
	case course == "":
		return UsageError{"expected COURSE, or --learner LEARNER"}
	default:
		return c.print(s, failure{course: course}, func(status domain.Status, last ports.RankedStanding) ([]ports.RankedStanding, error) {
			page := ports.StandingPage{After: last.Sequence, Status: status, Limit: pageSize}
			return s.Service.Standings(s.Context, s.By, course, page)
		})
	}
}

// print prints the pages that next returns after the last standing of a status, until one is not full. about has the ids for an
// error's text.
func (c List) print(s *Session, about failure, next func(domain.Status, ports.RankedStanding) ([]ports.RankedStanding, error)) error {
	order, last := []domain.Status{c.Status}, make(map[domain.Status]ports.RankedStanding)
	row, name := "%8v  %-10s  %8v  %-27s  %s", func(p ports.RankedStanding) any { return p.Learner }
	heading := []any{"SEQUENCE", "STATUS", "POSITION", "SINCE", "LEARNER"}
	if c.Learner != nil {
		heading[4], name = "COURSE", func(p ports.RankedStanding) any { return p.Course }
	} else if c.CSV && c.Status == "" {
		order = seatsFirst
	}
	out := bufio.NewWriter(s.Out)
	switch {
	case c.CSV:
		writeCSV(out, "course_id", "learner_id", "status", "position", "sequence", "since", "enrollment_id")
	case !s.JSON:
		_ = writeLines(out, fmt.Sprintf(row, heading...)) // Flush returns its error
	}
	for len(order) > 0 {
		standings, err := next(order[0], last[order[0]])
		if err != nil {
			return &failure{err, about.course, about.learner}
		}
		for _, p := range standings {
			last[order[0]] = p
			since := p.Since.UTC().Format(time.RFC3339Nano)
			switch {
			case c.Status != "" && p.Status != c.Status: // on another course of a learner
			case c.CSV:
				writeCSV(out, string(p.Course), string(p.Learner), string(p.Status), strconv.Itoa(p.Position),
					strconv.FormatInt(p.Sequence, 10), since, string(p.Enrollment))
			default:
				text := fmt.Sprintf(row, p.Sequence, p.Status, positionText(p.Position), since, name(p))
				if err := s.printTo(out, newStandingJSON(p.Standing, &p.Position), text); err != nil {
					return err
				}
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if len(standings) < pageSize {
			order = order[1:]
		}
	}
	return nil
}

// writeCSV writes a row for a file. Ids have no control characters, and are written as they are: import reads them again. Flush of w
// returns its error.
func writeCSV(w *bufio.Writer, cells ...string) {
	for i, cell := range cells {
		cells[i] = spreadsheet.EscapeFormula(cell)
	}
	row := csv.NewWriter(struct{ io.Writer }{w}) // whose Flush leaves w as it is
	_ = row.Write(cells)
	row.Flush()
}

func positionText(position int) string {
	if position == 0 {
		return "-"
	}
	return strconv.Itoa(position)
}
