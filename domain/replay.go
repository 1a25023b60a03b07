package domain

import "fmt"

// Replay makes e, the next of the course's journal, part of the roster. Begun with an empty roster it rebuilds the whole
// course. An event that no decision could have made here is an error, and changes nothing.
func (r *Roster) Replay(e Event) error {
	if why := r.inconsistency(e); why != "" {
		return fmt.Errorf("event %d %s %s: %s", e.Sequence, e.Type, e.Learner, why)
	}
	r.apply(e)
	return nil
}

// Restore makes e part of the roster where what led up to it is not told any more: a journal that was purged begins with
// the last event of each learner, and of the terms, in order. It can't tell whether one is missing.
func (r *Roster) Restore(e Event) {
	switch e.Type {
	case LearnerWithdrawn:
		r.Course.Sequence = e.Sequence
		r.setStanding(e)
		return
	case LearnerPromoted:
		e.Type = LearnerEnrolled // he is not in the line that is told
	}
	r.apply(e)
}

// impossible says why e can't be the next event, or nothing.
func (r *Roster) inconsistency(e Event) string {
	c, now := r.Course, r.Standing(e.Learner)
	seat := c.Open && c.hasSeat()
	switch {
	case e.Course != c.ID:
		return "is of course " + string(e.Course)
	case e.Sequence != c.Sequence+1:
		return fmt.Sprintf("follows event %d", c.Sequence)
	}
	switch e.Type {
	case CourseOpened, CourseChanged, CourseClosed:
		if e.Type != r.putType(e.Terms) {
			return "is not what these terms make of the course"
		}
	case LearnerEnrolled:
		if now.Live() || !seat || c.WaitlistLength > 0 {
			return "was not to have a seat"
		}
	case LearnerWaitlisted:
		if now.Live() || !c.Open || !c.WaitlistEnabled || seat && c.WaitlistLength == 0 {
			return "was not to wait"
		}
	case LearnerPromoted:
		if first, ok := r.firstWaiting(); !ok || !seat || first.Learner != e.Learner || first.Enrollment != e.Enrollment {
			return "was not next to have a seat"
		}
	case LearnerWithdrawn:
		if !now.Live() || now.Status != e.From || now.Enrollment != e.Enrollment {
			return "did not hold that"
		}
	default:
		return "is of no known type"
	}
	return ""
}
