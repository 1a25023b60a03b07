package cli

import (
	"fmt"

	"example.com/roster/domain"
)

// Check is `roster check [COURSE]`.
type Check struct{}

// Run prints what was compared and what differs. If anything differs, its error gives exit code 1.
func (Check) Run(s *Session, args []string) error {
	course := domain.CourseID(args[0]) // empty for all
	report, err := s.Service.VerifyJournal(s.Context, s.By, course)
	if err != nil {
		return &failure{err: err, course: course}
	}
	var lines []string
	for _, d := range report.Differences {
		lines = append(lines, fmt.Sprintf("%s: %s", d.Course, d.Detail))
	}
	lines = append(lines, fmt.Sprintf("%d courses, %d events, %d differences", report.Courses, report.Events, len(report.Differences)))
	if err := s.Print(newReportJSON(report), lines...); err != nil {
		return err
	}
	if n := len(report.Differences); n > 0 {
		return AfterOutput{fmt.Errorf("the stored state differs from the journal in %d places; copy the database before you repair it", n)}
	}
	return nil
}
