package domain

import "time"

// Waited returns how long the learner has been on the waitlist, and 0 if the learner is not on it.
func (s Standing) Waited() time.Duration {
	if s.Status != Waitlisted {
		return 0
	}
	return time.Since(s.Since)
}
