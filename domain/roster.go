package domain

import (
	"maps"
	"slices"
	"time"
)

// A Roster is a course with the standings, and the first learners on the waitlist, that a decision needs.
// Its methods decide and change it in memory; a refusal changes nothing. It is not safe for concurrent use.
type Roster struct {
	Course         Course
	standings      map[LearnerID]Standing
	waitlist       []Standing // the first learners as loaded; one who left is skipped at promotion
	waitlistLoaded int        // how many of waitlist still wait
	events         []Event
}

// NewRoster returns a roster of what was loaded: the standings of the learners to decide about, and the first learners on the
// waitlist, in order. A course whose Sequence is 0 does not exist.
func NewRoster(course Course, standings, waitlist []Standing) *Roster {
	r := &Roster{Course: course, standings: make(map[LearnerID]Standing, len(standings)+len(waitlist)), waitlist: waitlist, waitlistLoaded: len(waitlist)}
	for _, s := range standings {
		r.standings[s.Learner] = s
	}
	for _, s := range waitlist {
		r.standings[s.Learner] = s
	}
	return r
}

// A Decision is the result of a command.
type Decision struct {
	Standing Standing // what the learner holds now, refused or not
	Position int      // on the waitlist, if the decision put the learner there: 1 is first; else 0
	Events   []Event  // in order of Sequence; none if nothing changed
}

// Enroll gives the learner a seat if one is free and no one waits, else the last place on the waitlist, unless seatOnly is set.
// It refuses with [ErrCourseNotFound], [ErrAlreadyEnrolled], [ErrAlreadyWaitlisted], [ErrCourseClosed] or [ErrCourseFull], in this order.
func (r *Roster) Enroll(learner LearnerID, enrollment EnrollmentID, seatOnly bool, at time.Time) (Decision, error) {
	current := r.Standing(learner)
	refuse := func(k Kind) (Decision, error) { return Decision{Standing: current}, k }
	c := &r.Course
	e := Event{Type: LearnerEnrolled, At: at, Learner: learner, Enrollment: enrollment}
	switch {
	case !c.Exists():
		return refuse(ErrCourseNotFound)
	case current.Status == Enrolled:
		return refuse(ErrAlreadyEnrolled)
	case current.Status == Waitlisted:
		return refuse(ErrAlreadyWaitlisted)
	case !c.Open:
		return refuse(ErrCourseClosed)
	case c.hasSeat() && c.WaitlistLength == 0:
	case c.WaitlistEnabled && !seatOnly:
		e.Type = LearnerWaitlisted
	default:
		return refuse(ErrCourseFull)
	}
	return r.decide(learner, at, e), nil
}

// Withdraw takes the learner's seat or place on the waitlist, on a closed course too. If that frees a seat of an open course, it
// promotes the first learner on the waitlist. If enrollment is not empty, the learner's live one must be it: a late request then
// can't end a later stay. It refuses with [ErrCourseNotFound], [ErrNotEnrolled] or [ErrEnrollmentMismatch], in this order.
func (r *Roster) Withdraw(learner LearnerID, enrollment EnrollmentID, at time.Time) (Decision, error) {
	current := r.Standing(learner)
	switch {
	case !r.Course.Exists():
		return Decision{}, ErrCourseNotFound
	case !current.Live():
		return Decision{Standing: current}, ErrNotEnrolled
	case enrollment != "" && enrollment != current.Enrollment:
		return Decision{Standing: current}, ErrEnrollmentMismatch
	}
	e := Event{Type: LearnerWithdrawn, At: at, Learner: learner, Enrollment: current.Enrollment, From: current.Status}
	return r.decide(learner, at, e), nil
}

// Put creates the course or changes its terms, and then promotes learners to the free seats. Settings that change nothing only
// promote. A smaller capacity takes no one's seat. It refuses with [ErrCourseNotFound] if the course does not exist and the
// settings lack a title or a capacity.
func (r *Roster) Put(s Settings, at time.Time) (Decision, error) {
	terms, ok := s.on(r.Course)
	switch {
	case !ok:
		return Decision{}, ErrCourseNotFound
	case r.Course.Exists() && terms == r.Course.Terms:
		return r.decide("", at), nil
	}
	return r.decide("", at, Event{Type: r.putType(terms), At: at, Terms: terms}), nil
}

// Rename gives what a learner holds, or has held, to another id: seat, place on the waitlist, enrollment and time stay. It refuses
// with [ErrNotEnrolled] if the learner never held anything, and with [ErrAlreadyExists] if the other id has.
func (r *Roster) Rename(from, to LearnerID, at time.Time) error {
	current := r.Standing(from)
	switch {
	case current.Status == None:
		return ErrNotEnrolled
	case r.Standing(to).Status != None:
		return ErrAlreadyExists
	}
	r.record(Event{Type: LearnerRenamed, At: at, Learner: to, Previous: from, Enrollment: current.Enrollment})
	return nil
}

// Clone returns a copy. Decisions on one of the two do not change the other.
func (r *Roster) Clone() Roster {
	copied := *r
	copied.standings, copied.waitlist, copied.events = maps.Clone(r.standings), slices.Clone(r.waitlist), slices.Clip(r.events)
	return copied
}

func (r *Roster) putType(t Terms) EventType {
	switch isNew := !r.Course.Exists(); {
	case t.Open && (isNew || !r.Course.Open):
		return CourseOpened
	case !t.Open && (isNew || r.Course.Open):
		return CourseClosed
	}
	return CourseChanged
}

// Standing returns what the learner holds; the zero Standing if none was loaded.
func (r *Roster) Standing(learner LearnerID) Standing { return r.standings[learner] }

// Known returns how many learners have a standing in the roster, of any status.
func (r *Roster) Known() int { return len(r.standings) }

// Events returns the events of all decisions since the roster was made, in order of Sequence.
func (r *Roster) Events() []Event { return r.events }

// decide applies the events that were decided about the learner. It then promotes learners while a seat is free and the loaded
// waitlist lasts.
func (r *Roster) decide(learner LearnerID, at time.Time, decided ...Event) Decision {
	before := len(r.events)
	for _, e := range decided {
		r.record(e)
	}
	for r.Course.NeedsPromotion() {
		first, ok := r.firstWaiting()
		if !ok {
			break
		}
		r.record(Event{Type: LearnerPromoted, At: at, Learner: first.Learner, Enrollment: first.Enrollment})
	}
	d := Decision{Standing: r.Standing(learner), Events: r.events[before:len(r.events):len(r.events)]}
	if d.Standing.Status == Waitlisted {
		d.Position = r.Course.WaitlistLength
	}
	return d
}

func (r *Roster) record(e Event) {
	e.Course, e.Sequence = r.Course.ID, r.Course.Sequence+1
	r.apply(e)
	r.events = append(r.events, e)
}

// firstWaiting returns the first learner on the waitlist, and false if the loaded waitlist is used up.
func (r *Roster) firstWaiting() (Standing, bool) {
	for ; len(r.waitlist) > 0; r.waitlist = r.waitlist[1:] {
		if s := r.waitlist[0]; r.Standing(s.Learner).Sequence == s.Sequence {
			return s, true
		}
	}
	return Standing{}, false
}

// apply changes the roster by e.
func (r *Roster) apply(e Event) {
	c := &r.Course
	c.Sequence = e.Sequence
	switch e.Type {
	case CourseOpened, CourseChanged, CourseClosed:
		c.Terms, c.Revision = e.Terms, e.Sequence
		return
	case LearnerEnrolled:
		c.SeatsTaken++
	case LearnerWaitlisted:
		r.appendToWaitlist(e.Standing())
	case LearnerPromoted:
		r.removeFromWaitlist(e.Learner)
		c.SeatsTaken++
	case LearnerRenamed:
		r.rename(e.Previous, e.Learner)
		return
	case LearnerWithdrawn:
		if e.From == Enrolled {
			c.SeatsTaken--
		} else {
			r.removeFromWaitlist(e.Learner)
		}
	}
	r.standings[e.Learner] = e.Standing()
}

// rename gives the standing to another id. The loaded waitlist has it in the same place.
func (r *Roster) rename(from, to LearnerID) {
	s := r.Standing(from)
	s.Learner = to
	delete(r.standings, from)
	r.standings[to] = s
	r.waitlist = slices.Clone(r.waitlist) // that of the caller of [NewRoster] stays
	for i := range r.waitlist {
		if r.waitlist[i].Sequence == s.Sequence {
			r.waitlist[i] = s
		}
	}
}

// appendToWaitlist puts s at the end of the waitlist. It adds s to the loaded learners only if they are the whole waitlist:
// otherwise s would overtake those who were not loaded.
func (r *Roster) appendToWaitlist(s Standing) {
	if r.waitlistLoaded == r.Course.WaitlistLength {
		r.waitlist = append(r.waitlist, s)
		r.waitlistLoaded++
	}
	r.Course.WaitlistLength++
}

func (r *Roster) removeFromWaitlist(learner LearnerID) {
	if n := len(r.waitlist); n > 0 && r.Standing(learner).Sequence <= r.waitlist[n-1].Sequence {
		r.waitlistLoaded--
	}
	r.Course.WaitlistLength--
}
