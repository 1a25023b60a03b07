package cli

import (
	"fmt"

	"example.com/roster/domain"
)

// Rename is `roster rename OLD NEW`.
type Rename struct{}

// Run gives what a learner holds to another id, and prints on how many courses.
func (Rename) Run(s *Session, args []string) error {
	from, to := domain.LearnerID(args[0]), domain.LearnerID(args[1])
	courses, err := s.Service.Rename(s.Context, s.By, from, to)
	switch {
	case err != nil && courses > 0:
		return &failure{err: fmt.Errorf("%w; on %d other courses the rename is done", err, courses), learner: from}
	case err != nil:
		return &failure{err: err, learner: from}
	}
	text := fmt.Sprintf("%s is %s now; number of courses with enrollments: %d", from, to, courses)
	return s.Print(struct {
		Courses int `json:"courses"`
	}{courses}, text)
}
