package memstore

import (
	"fmt"
	"testing"

	"example.com/roster/domain"
)

// What learners leave behind who come and go is swept: a course holds as much as it has, not as much as happened.
func TestSweep(t *testing.T) {
	t.Parallel()
	c := &course{standings: make(map[domain.LearnerID]domain.Standing)}
	c.put(domain.Standing{Learner: "stays", Status: domain.Waitlisted, Sequence: 1})
	for i := range 10_000 {
		status := []domain.Status{domain.Waitlisted, domain.Withdrawn}[i%2]
		c.WaitlistLength = 2 - i%2
		c.put(domain.Standing{Learner: domain.LearnerID(fmt.Sprint(i / 2 % 10)), Status: status, Sequence: int64(i + 2)})
	}
	if len(c.all) > 100 || len(c.line) > 100 {
		t.Errorf("of eleven learners %d places are kept, and %d in line", len(c.all), len(c.line))
	}
}
