package desk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"example.com/roster/domain"
)

// Lines is the second entry point, which came a year later: lines of a file, each "enroll LEARNER" or "withdraw LEARNER". It runs all lines.
// The error names those that were refused.
func Lines(d *Desk, file io.Reader) error {
	var refused []error
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		if err := line(d, scanner.Text()); err != nil {
			refused = append(refused, fmt.Errorf("line %d: %w", n, err))
		}
	}
	return errors.Join(append(refused, scanner.Err())...)
}

func line(d *Desk, text string) error {
	verb, learner, _ := strings.Cut(text, " ")
	return d.Do(func(r *domain.Roster, at time.Time) error {
		switch verb {
		case "enroll":
			return enroll(r, learner, at)
		case "withdraw":
			return withdraw(r, learner, at)
		}
		return fmt.Errorf("want enroll or withdraw, got %q", verb)
	})
}
