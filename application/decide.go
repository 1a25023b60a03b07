package application

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A decision applies the rules to a batch, on what the store has loaded, and collects the changes to save.
type decision struct {
	service *Service
	batch   *batch
	keys    []ports.IdempotencyKey // of the batch, in order
	join    func(*batch)           // adds commands to the batch now that its courses are locked; nil if none may join

	at      time.Time
	rosters []*domain.Roster          // in order of id
	records []ports.IdempotencyRecord // one per key
	changes ports.Changes
}

// decide runs the batch in memory on what was loaded. If the store retries, it is called again. It makes times and ids itself,
// because it runs while the courses are locked: so they follow the order in which courses change.
func (d *decision) decide(loaded ports.Loaded) (ports.Changes, error) {
	if d.join != nil && loaded.More != nil {
		before := len(d.batch.pending)
		if d.join(d.batch); len(d.batch.pending) > before {
			need := d.batch.need()
			d.keys = need.Keys
			var err error
			if loaded, err = loaded.More(need); err != nil {
				return ports.Changes{}, err
			}
		}
	}
	d.at = d.service.clock.Now().UTC().Truncate(time.Microsecond)
	d.rosters, d.records = loaded.Rosters, loaded.Replies
	d.changes = ports.Changes{Journal: make([]ports.Entry, 0, d.batch.actions)}
	for _, p := range d.batch.pending {
		p.result = d.command(p.Command)
	}
	d.derive()
	return d.changes, nil
}

// command runs c, unless a command has run under its key before: then it returns the reply of that one.
func (d *decision) command(c *ports.Command) ports.Reply {
	if c.Key == "" {
		return ports.Reply{Outcomes: d.actions(c)}
	}
	key, now := keyOf(c), fingerprint(c)
	i, _ := slices.BinarySearchFunc(d.keys, key, compareKeys)
	switch before := d.records[i]; before.Fingerprint {
	case "":
	case now:
		return ports.Reply{Outcomes: before.Outcomes, Replayed: true, ReplayedAt: before.At}
	default:
		return ports.Reply{Err: fmt.Errorf("%w: choose another key for another command", ports.ErrKeyReused)}
	}
	d.records[i] = ports.IdempotencyRecord{IdempotencyKey: key, Fingerprint: now, At: d.at, Outcomes: d.actions(c)}
	d.changes.Replies = append(d.changes.Replies, d.records[i])
	return ports.Reply{Outcomes: d.records[i].Outcomes}
}

func (d *decision) actions(c *ports.Command) []ports.Outcome {
	outcomes := make([]ports.Outcome, len(c.Actions))
	undo := func() {}
	if c.AllOrNothing {
		undo = d.savepoint(c)
	}
	for i, a := range c.Actions {
		if outcomes[i] = d.action(a, c); outcomes[i].Refused != "" && c.AllOrNothing {
			undo()
			clear(outcomes[:i])
			return outcomes[:i+1]
		}
	}
	return outcomes
}

// savepoint returns a function that undoes what is decided about the command from now on.
func (d *decision) savepoint(c *ports.Command) (undo func()) {
	journal, before := len(d.changes.Journal), make(map[*domain.Roster]domain.Roster)
	for _, a := range c.Actions {
		if r := d.roster(a.CourseID()); before[r].Course.ID == "" {
			before[r] = r.Clone()
		}
	}
	return func() {
		d.changes.Journal = d.changes.Journal[:journal]
		for r, was := range before {
			*r = was
		}
	}
}

// action decides one action. This is one of the two type switches over actions: see [ports.Action].
func (d *decision) action(a ports.Action, c *ports.Command) (o ports.Outcome) {
	r := d.roster(a.CourseID())
	var decided domain.Decision
	var err error
	switch a := a.(type) {
	case ports.Enroll:
		decided, err = r.Enroll(a.Learner, domain.EnrollmentID(d.service.ids.New()), a.SeatOnly, d.at)
	case ports.Withdraw:
		decided, err = r.Withdraw(a.Learner, a.Enrollment, d.at)
	case ports.PutCourse:
		o.Created = !r.Course.Exists()
		if a.IfRevision != 0 && max(a.IfRevision, 0) != r.Course.Revision || a.IfSequence != 0 && a.IfSequence != r.Course.Sequence {
			err = ports.ErrPreconditionFailed
		} else {
			decided, err = r.Put(a.Settings, d.at)
		}
		o.Created, o.Course = o.Created && err == nil, r.Course
	default:
		panic(fmt.Sprintf("%T is not decided", a)) // the batcher makes it an internal error of this command alone
	}
	o.Refused, o.Standing, o.Position = ports.KindOf(err), decided.Standing, decided.Position
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

// derive adds what is to be saved: every course that changed, and for every learner the standing after the last event.
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

// unpromoted returns the courses that the decision changed and left with a free seat and a waitlist. One that counts more learners
// than wait, which VerifyJournal reports, is not returned for ever: a promotion that finds none changes nothing.
func (d *decision) unpromoted() (ids []domain.CourseID) {
	for _, c := range d.changes.Courses {
		if c.NeedsPromotion() {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

const replyRetention = 48 * time.Hour // under its key; callers are promised 24 hours, the rest allows for clocks that differ

// keyOf returns the key that a command's reply is kept under.
func keyOf(c *ports.Command) ports.IdempotencyKey {
	return ports.IdempotencyKey{Subject: c.By.Subject, Name: c.Key}
}

func compareKeys(a, b ports.IdempotencyKey) int {
	return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Name, b.Name))
}

// fingerprint tells what one command asks for from what every other does: the SHA-256 of its canonical bytes, in hex.
func fingerprint(c *ports.Command) string {
	b := make([]byte, 0, 64)
	if c.AllOrNothing {
		b = append(b, 'A')
	}
	for _, a := range c.Actions {
		b = a.AppendCanonical(b)
	}
	sum := sha256.Sum256(b)
	return string(hex.AppendEncode(make([]byte, 0, 2*len(sum)), sum[:]))
}
