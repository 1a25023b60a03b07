package domain

import "fmt"

// Replay applies e, the next event of the course's journal. Starting with an empty roster it rebuilds the whole course. If no
// decision could have made e at this point, Replay returns an error and changes nothing.
func (r *Roster) Replay(e Event) error {
	if why := r.inconsistency(e); why != "" {
		return fmt.Errorf("event %d %s %s: %s", e.Sequence, e.Type, e.Learner, why)
	}
	r.apply(e)
	return nil
}

// Restore applies e, an event of a purged journal. Such a journal starts with the events that [Purge.Keeps], in order, without the
// others. Restore can't detect that one is missing.
func (r *Roster) Restore(e Event) {
	switch e.Type {
	case LearnerWithdrawn:
		r.Course.Sequence = e.Sequence
		r.standings[e.Learner] = e.Standing()
		return
	case LearnerPromoted:
		e.Type = LearnerEnrolled // the waitlist does not have the learner: the event that put them there was purged
	}
	r.apply(e)
}

// A Purge decides which events of a journal [Roster.Restore] needs: it has the ids whose earlier events are superseded.
type Purge map[LearnerID]bool

// Keeps reports whether to keep e: the last event of the terms, the last event of each learner, and each learner.renamed after
// that. Call it with a journal's events from the last to the first: it remembers them. Before a rename, the new id is another person's.
func (p Purge) Keeps(e Event) bool {
	superseded := p[e.Learner]
	p[e.Learner] = e.Type != LearnerRenamed // an event of the terms has the learner ""
	if e.Type == LearnerRenamed {
		p[e.Previous] = superseded
	}
	return !superseded
}

// inconsistency returns why e can't be the next event, or "".
func (r *Roster) inconsistency(e Event) string {
	c, current := r.Course, r.Standing(e.Learner)
	canSeat := c.Open && c.hasSeat()
	switch {
	case e.Course != c.ID:
		return "belongs to course " + string(e.Course)
	case e.Sequence != c.Sequence+1:
		return fmt.Sprintf("must be event %d", c.Sequence+1)
	}
	switch e.Type {
	case CourseOpened, CourseChanged, CourseClosed:
		if e.Type != r.putType(e.Terms) {
			return "is not the type of event that these terms make"
		}
	case LearnerEnrolled:
		if current.Live() || !canSeat || c.WaitlistLength > 0 {
			return "could not get a seat"
		}
	case LearnerWaitlisted:
		if current.Live() || !c.Open || !c.WaitlistEnabled || canSeat && c.WaitlistLength == 0 {
			return "could not join the waitlist"
		}
	case LearnerPromoted:
		if first, ok := r.firstWaiting(); !ok || !canSeat || first.Learner != e.Learner || first.Enrollment != e.Enrollment {
			return "was not the next to be promoted"
		}
	case LearnerRenamed:
		before := r.Standing(e.Previous)
		if before.Status == None || before.Enrollment != e.Enrollment || current.Status != None && e.Learner != e.Previous {
			return "could not get the standing of " + string(e.Previous)
		}
	case LearnerWithdrawn:
		if !current.Live() || current.Status != e.From || current.Enrollment != e.Enrollment {
			return "did not have the standing that the event ends"
		}
	default:
		return "has an unknown type"
	}
	return ""
}
