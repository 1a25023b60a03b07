package domain

import "time"

// A Roster is a course with as many of its standings, and as much of the head of its line, as deciding takes.
// Its methods decide and change it in memory; a refusal changes nothing. It is not safe for concurrent use.
type Roster struct {
	Course         Course
	standings      map[LearnerID]*Standing
	waitlist       []Standing // the head of the line as loaded; who left it stays until he would come up
	waitlistLoaded int        // how many of line wait still
	events         []Event
}

// NewRoster returns a roster of what was loaded: the standings of the learners who are to be decided about, and the first
// of the line in order. A course without Sequence is one that does not exist.
func NewRoster(course Course, standings, line []Standing) *Roster {
	r := &Roster{Course: course, standings: make(map[LearnerID]*Standing, len(standings)+len(line)), waitlist: line, waitlistLoaded: len(line)}
	for i := range standings {
		r.standings[standings[i].Learner] = &standings[i]
	}
	for i := range line {
		r.standings[line[i].Learner] = &line[i]
	}
	return r
}

// A Decision is what a command came to.
type Decision struct {
	Standing Standing // what the learner holds now, refused or not
	Position int      // where in line the decision put the learner, 1 first; else 0
	Events   []Event  // in order of Sequence; none where nothing changed
}

// Enroll gives the learner a seat if one is free and nobody waits, else the last place in line.
// It refuses with [ErrCourseNotFound], [ErrAlreadyEnrolled], [ErrAlreadyWaitlisted], [ErrCourseClosed] or [ErrCourseFull], in this order.
func (r *Roster) Enroll(learner LearnerID, enrollment EnrollmentID, at time.Time) (Decision, error) {
	now := r.Standing(learner)
	refuse := func(k Kind) (Decision, error) { return Decision{Standing: now}, k }
	c := &r.Course
	e := Event{Type: LearnerEnrolled, At: at, Learner: learner, Enrollment: enrollment}
	switch {
	case !c.Exists():
		return refuse(ErrCourseNotFound)
	case now.Status == Enrolled:
		return refuse(ErrAlreadyEnrolled)
	case now.Status == Waitlisted:
		return refuse(ErrAlreadyWaitlisted)
	case !c.Open:
		return refuse(ErrCourseClosed)
	case c.hasSeat() && c.WaitlistLength == 0:
	case c.WaitlistEnabled:
		e.Type = LearnerWaitlisted
	default:
		return refuse(ErrCourseFull)
	}
	return r.decide(learner, at, e), nil
}

// Withdraw takes the learner from seat or line, and the first in line moves up to a seat that this frees.
// It is possible on a closed course too, where nobody moves up. It refuses with [ErrCourseNotFound] or [ErrNotEnrolled].
func (r *Roster) Withdraw(learner LearnerID, at time.Time) (Decision, error) {
	now := r.Standing(learner)
	switch {
	case !r.Course.Exists():
		return Decision{}, ErrCourseNotFound
	case !now.Live():
		return Decision{Standing: now}, ErrNotEnrolled
	}
	e := Event{Type: LearnerWithdrawn, At: at, Learner: learner, Enrollment: now.Enrollment, From: now.Status}
	return r.decide(learner, at, e), nil
}

// Put creates the course or changes its terms, and serves the line; settings that change nothing only serve it.
// A smaller capacity evicts nobody. It refuses with [ErrCourseNotFound] a course that would be new but has no title or no
// capacity.
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

func (r *Roster) putType(t Terms) EventType {
	switch isNew := !r.Course.Exists(); {
	case t.Open && (isNew || !r.Course.Open):
		return CourseOpened
	case !t.Open && (isNew || r.Course.Open):
		return CourseClosed
	}
	return CourseChanged
}

// Standing returns what the learner holds; the zero Standing where nothing was loaded.
func (r *Roster) Standing(learner LearnerID) Standing {
	if s := r.standings[learner]; s != nil {
		return *s
	}
	return Standing{}
}

// Known returns how many learners the roster knows of, whatever they hold.
func (r *Roster) Known() int { return len(r.standings) }

// Events returns what was decided since the roster was made, in order of Sequence.
func (r *Roster) Events() []Event { return r.events }

// decide is the one way in which a roster changes: it applies what was decided about the learner and then serves the line
// while the course is behind and somebody of the loaded line is left.
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

// first returns who is first in line, and false where the loaded line is used up.
func (r *Roster) firstWaiting() (Standing, bool) {
	for ; len(r.waitlist) > 0; r.waitlist = r.waitlist[1:] {
		if s := r.waitlist[0]; r.Standing(s.Learner).Sequence == s.Sequence {
			return s, true
		}
	}
	return Standing{}, false
}

// apply makes the roster what it is after e.
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
	case LearnerWithdrawn:
		if e.From == Enrolled {
			c.SeatsTaken--
		} else {
			r.removeFromWaitlist(e.Learner)
		}
	}
	r.setStanding(e)
}

func (r *Roster) setStanding(e Event) {
	s := e.Standing()
	r.standings[e.Learner] = &s
}

// join puts s at the end of the line, and behind those who were loaded only if they are the whole line: else he would
// jump the rest of it.
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
