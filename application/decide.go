package application

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A decision is what a flight through the rules comes to.
type decision struct {
	service *Service
	flight  flight
	need    ports.Need
	late    func() []ports.Command // who comes along now that the courses are locked; nil for nobody ever

	at      time.Time
	rosters []*domain.Roster          // in order of id
	kept    []ports.IdempotencyRecord // position by position of need's keys
	replies []ports.Reply             // one per command
	changes ports.Changes
}

// decide runs the flight in memory on what was loaded. Where the store begins again, so does decide. Time and ids are made here,
// under the locks, so that they follow the order in which courses change.
func (d *decision) decide(loaded ports.Loaded) (ports.Changes, error) {
	if d.late != nil && loaded.More != nil {
		if late := d.late(); len(late) > 0 {
			for _, c := range late {
				d.flight.board(c, nil)
			}
			d.need = d.flight.need()
			var err error
			if loaded, err = loaded.More(d.need); err != nil {
				return ports.Changes{}, err
			}
		}
	}
	d.at = d.service.clock.Now().UTC().Truncate(time.Microsecond)
	d.rosters, d.kept = loaded.Rosters, loaded.Replies
	d.replies = make([]ports.Reply, len(d.flight.passengers))
	d.changes = ports.Changes{Journal: make([]ports.Entry, 0, d.flight.actions)}
	for i, p := range d.flight.passengers {
		d.replies[i] = d.command(p.Command)
	}
	d.derive()
	return d.changes, nil
}

// command runs c, unless a command has run under its key before: then it is answered as that one was.
func (d *decision) command(c ports.Command) ports.Reply {
	if c.Key == "" {
		return ports.Reply{Outcomes: d.actions(c)}
	}
	print := fingerprint(c.Actions)
	key := keyOf(c)
	position, _ := slices.BinarySearchFunc(d.need.Keys, key, compareKeys)
	switch before := d.kept[position]; before.Fingerprint {
	case "":
	case print:
		return ports.Reply{Outcomes: before.Outcomes, Replayed: true}
	default:
		return ports.Reply{Err: fmt.Errorf("%w: choose another key for another command", ports.ErrKeyReused)}
	}
	kept := ports.IdempotencyRecord{IdempotencyKey: key, Fingerprint: print, At: d.at, Outcomes: d.actions(c)}
	d.kept[position] = kept
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
	r := d.roster(a.CourseID())
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

func (d *decision) roster(id domain.CourseID) *domain.Roster {
	i, _ := slices.BinarySearchFunc(d.rosters, id, func(r *domain.Roster, id domain.CourseID) int { return cmp.Compare(r.Course.ID, id) })
	return d.rosters[i]
}

// derive tells what is to be saved, from what was decided: every course that changed, and of every learner the standing
// that his last event left.
func (d *decision) derive() {
	for _, r := range d.rosters {
		if len(r.Events()) > 0 {
			d.changes.Courses = append(d.changes.Courses, r.Course)
		}
	}
	d.changes.Standings = make([]domain.Standing, 0, len(d.changes.Journal))
	for i := range d.changes.Journal {
		e := &d.changes.Journal[i]
		if s := d.roster(e.Course).Standing(e.Learner); s.Sequence == e.Sequence {
			d.changes.Standings = append(d.changes.Standings, s)
		}
	}
}

// behind names the courses that d changed and left with a free seat and a line.
func (d *decision) behind() (ids []domain.CourseID) {
	for _, c := range d.changes.Courses {
		if c.NeedsPromotion() {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
