package application

import (
	"fmt"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A decision is what one run of a flight through the rules came to. Where the store begins again, another one is made.
type decision struct {
	service *Service
	at      time.Time
	rosters map[domain.CourseID]*domain.Roster
	kept    map[ports.Key]ports.Kept
	replies []ports.Reply // one per command
	changes ports.Changes
}

// decide runs f in memory on what was loaded. Time and ids are made here, under the locks, so that they follow the order in
// which courses change.
func (s *Service) decide(f flight, loaded ports.Loaded) *decision {
	d := &decision{
		service: s,
		at:      s.clock.Now().UTC().Truncate(time.Microsecond),
		rosters: make(map[domain.CourseID]*domain.Roster, len(loaded.Rosters)),
		kept:    make(map[ports.Key]ports.Kept, len(loaded.Replies)),
		replies: make([]ports.Reply, len(f.commands)),
	}
	for _, r := range loaded.Rosters {
		d.rosters[r.Course.ID] = r
	}
	for _, k := range loaded.Replies {
		d.kept[k.Key] = k
	}
	for i, c := range f.commands {
		d.replies[i] = d.command(c)
	}
	d.derive(loaded.Rosters)
	return d
}

// command runs c, unless a command has run under its key before: then it is answered as that one was.
func (d *decision) command(c ports.Command) ports.Reply {
	if c.Key == "" {
		return ports.Reply{Outcomes: d.actions(c)}
	}
	print := fingerprint(c.Actions)
	switch before := d.kept[keyOf(c)]; before.Fingerprint {
	case "":
	case print:
		return ports.Reply{Outcomes: before.Outcomes, Replayed: true}
	default:
		return ports.Reply{Err: fmt.Errorf("%w: choose another key for another command", ports.ErrKeyReused)}
	}
	kept := ports.Kept{Key: keyOf(c), Fingerprint: print, At: d.at, Outcomes: d.actions(c)}
	d.kept[kept.Key] = kept
	d.changes.Replies = append(d.changes.Replies, kept)
	return ports.Reply{Outcomes: kept.Outcomes}
}

func (d *decision) actions(c ports.Command) []ports.Outcome {
	outcomes := make([]ports.Outcome, len(c.Actions))
	for i, a := range c.Actions {
		outcomes[i] = d.action(a, c)
	}
	return outcomes
}

func (d *decision) action(a ports.Action, c ports.Command) (o ports.Outcome) {
	r := d.rosters[a.On()]
	var decided domain.Decision
	var err error
	switch a := a.(type) {
	case ports.Enroll:
		decided, err = r.Enroll(a.Learner, domain.EnrollmentID(d.service.ids.New()), d.at)
	case ports.Withdraw:
		decided, err = r.Withdraw(a.Learner, d.at)
	case ports.PutCourse:
		o.Created = !r.Course.Exists()
		if a.IfRevision != 0 && a.IfRevision != r.Course.Revision {
			err = ports.ErrPreconditionFailed
		} else {
			decided, err = r.Put(a.Settings, d.at)
		}
		o.Created, o.Course = o.Created && err == nil, r.Course
	}
	if err != nil {
		o.Refused = ports.KindOf(err)
	}
	o.Standing, o.Position = decided.Standing, decided.Position
	for _, e := range decided.Events {
		d.changes.Journal = append(d.changes.Journal, ports.Entry{
			ID: d.service.ids.New(), Correlation: c.Correlation, Trace: c.Trace, Event: e,
		})
		if e.Type == domain.LearnerPromoted {
			o.Promoted = append(o.Promoted, e.Standing())
		}
	}
	return o
}

// derive tells what is to be saved, from what was decided: every course that changed, and of every learner the standing
// that his last event left.
func (d *decision) derive(rosters []*domain.Roster) {
	for _, r := range rosters {
		if len(r.Events()) > 0 {
			d.changes.Courses = append(d.changes.Courses, r.Course)
		}
	}
	for _, e := range d.changes.Journal {
		if s := d.rosters[e.Course].Standing(e.Learner); s.Sequence == e.Sequence {
			d.changes.Standings = append(d.changes.Standings, s)
		}
	}
}

// behind names the courses that d changed and left with a free seat and a line.
func (d *decision) behind() (ids []domain.CourseID) {
	for _, c := range d.changes.Courses {
		if c.Behind() {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
