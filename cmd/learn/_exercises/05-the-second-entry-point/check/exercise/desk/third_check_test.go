package desk_test

import (
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/exercise/desk"
)

// A third entry point, which you have not seen, calls the domain and nothing else.
func TestThirdEntryPoint(t *testing.T) {
	d := desk.New(1)
	err := d.Do(func(r *domain.Roster, at time.Time) error {
		for _, learner := range []domain.LearnerID{"ada", "bob"} {
			if _, err := r.Enroll(learner, domain.EnrollmentID(learner), false, at); err != nil {
				return err
			}
		}
		_, err := r.Withdraw("ada", "", at)
		return err
	})
	if got := d.Status("bob"); err != nil || got != domain.Enrolled {
		t.Errorf("A third entry point calls Withdraw, as the others do. A seat is free, and bob is %s (%v).\n"+
			"Each entry point has to remember a second call. Put the rule into a place that all of them go through anyway.", got, err)
	}
}

// The old entry points hold the rule, too.
func TestTwoEntryPoints(t *testing.T) {
	for _, command := range [](func(d *desk.Desk, command string)){throughWeb, func(d *desk.Desk, command string) { throughLines(d, command) }} {
		d := desk.New(1)
		for _, c := range []string{"enroll ada", "enroll bob", "enroll cyd", "withdraw ada", "withdraw bob"} {
			command(d, c)
		}
		if got := d.Status("cyd"); got != domain.Enrolled {
			t.Errorf("ada and bob left, but cyd is %s", got)
		}
	}
}
