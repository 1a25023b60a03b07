package memstore

import (
	"fmt"
	"testing"

	"example.com/roster/domain"
)

// Stale entries are removed: the size of a course depends on its learners, not on how many events it had.
func TestCompact(t *testing.T) {
	t.Parallel()
	c := &course{standings: make(map[domain.LearnerID]domain.Standing)}
	c.put(domain.Standing{Learner: "stays", Status: domain.Waitlisted, Sequence: 1})
	for i := range 10_000 {
		status := []domain.Status{domain.Waitlisted, domain.Withdrawn}[i%2]
		c.WaitlistLength = 2 - i%2
		c.put(domain.Standing{Learner: domain.LearnerID(fmt.Sprint(i / 2 % 10)), Status: status, Sequence: int64(i + 2)})
	}
	if len(c.all) > 100 || len(c.waitlist) > 100 {
		t.Errorf("of eleven learners the course has %d entries, and %d on the waitlist", len(c.all), len(c.waitlist))
	}
}
