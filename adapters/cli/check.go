package cli

import (
	"fmt"
	"strings"

	"example.com/roster/domain"
)

// Check is `roster check [COURSE]`.
type Check struct {
	Course domain.CourseID `arg:"" optional:"" help:"The course's id; all courses when left out."`
}

// Run prints what was compared and what differs. Where anything differs its error gives exit code 1.
func (c Check) Run(s *Session) error {
	report, err := s.Service.Check(s.Context, s.By, c.Course)
	if err != nil {
		return &failure{err: err, course: c.Course}
	}
	var text strings.Builder
	for _, d := range report.Differences {
		fmt.Fprintf(&text, "%s: %s\n", d.Course, d.Detail)
	}
	fmt.Fprintf(&text, "%d courses, %d events, %d differences", report.Courses, report.Events, len(report.Differences))
	if err := s.Print(shapeReport(report), text.String()); err != nil {
		return err
	}
	if n := len(report.Differences); n > 0 {
		return Told{fmt.Errorf("what is stored differs from its journal in %d places; keep a copy of the database before you mend it", n)}
	}
	return nil
}
