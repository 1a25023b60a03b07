package bboltstore

import (
	"cmp"
	"encoding/json"

	"go.etcd.io/bbolt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// load returns what need names.
func load(tx *bbolt.Tx, need ports.Need) (loaded ports.Loaded, err error) {
	r := reader{tx}
	for _, n := range need.Courses {
		c, err := get[domain.Course](r.at(need.Tenant, courses, string(n.ID)), course)
		if err != nil {
			return loaded, err
		}
		c.ID = n.ID
		var known, waiting []domain.Standing
		by := r.at(need.Tenant, courses, string(n.ID), standings)
		for _, learner := range n.Learners {
			if known, err = appendStanding(known, by, []byte(learner)); err != nil {
				return loaded, err
			}
		}
		for _, learner := range from(r.at(need.Tenant, courses, string(n.ID), waitlist), nil) {
			if len(waiting) == n.FirstWaiting {
				break
			}
			if waiting, err = appendStanding(waiting, by, learner); err != nil {
				return loaded, err
			}
		}
		loaded.Rosters = append(loaded.Rosters, domain.NewRoster(c, known, waiting))
	}
	for _, key := range need.Keys {
		record, err := get[ports.IdempotencyRecord](r.at(need.Tenant, replies), byName(key))
		if err != nil {
			return loaded, err
		}
		loaded.Replies = append(loaded.Replies, record)
	}
	return loaded, nil
}

// appendStanding appends the standing of a learner, if there is one.
func appendStanding(to []domain.Standing, by *bbolt.Bucket, learner []byte) ([]domain.Standing, error) {
	s, err := get[domain.Standing](by, learner)
	if err != nil || s.Status == domain.None {
		return to, err
	}
	return append(to, s), nil
}

func isEmpty(c ports.Changes) bool {
	return len(c.Courses)+len(c.Renamed)+len(c.Standings)+len(c.Journal)+len(c.Replies) == 0
}

// A writer writes the changes of a tenant, up to the first error.
type writer struct {
	tx  *bbolt.Tx
	id  domain.TenantID
	err error
}

// save writes the changes into the transaction.
func save(tx *bbolt.Tx, id domain.TenantID, changes ports.Changes) error {
	w := &writer{tx: tx, id: id}
	for _, c := range changes.Courses {
		w.put(c, course, courses, string(c.ID))
	}
	for _, r := range changes.Renamed {
		s, err := get[domain.Standing](w.at(courses, string(r.Course), standings), []byte(r.From))
		w.err = cmp.Or(w.err, err)
		w.remove([]byte(r.From), courses, string(r.Course), standings)
		s.Learner = r.To
		w.standing(s)
	}
	for _, s := range changes.Standings {
		w.standing(s)
	}
	for _, e := range changes.Journal {
		w.put(e, bySequence(e.Sequence), courses, string(e.Course), journal)
	}
	for _, record := range changes.Replies {
		w.put(record, byName(record.IdempotencyKey), replies)
	}
	return w.err
}

// standing writes a standing of a learner in place of the one before, with its place in the order and on the waitlist.
func (w *writer) standing(s domain.Standing) {
	before, err := get[domain.Standing](w.at(courses, string(s.Course), standings), []byte(s.Learner))
	w.err = cmp.Or(w.err, err)
	for _, sorted := range []string{order, waitlist} {
		w.remove(bySequence(before.Sequence), courses, string(s.Course), sorted)
	}
	w.put(s, []byte(s.Learner), courses, string(s.Course), standings)
	w.set([]byte(s.Learner), bySequence(s.Sequence), courses, string(s.Course), order)
	if s.Status == domain.Waitlisted {
		w.set([]byte(s.Learner), bySequence(s.Sequence), courses, string(s.Course), waitlist)
	}
}

// put writes a value as JSON.
func (w *writer) put(value any, key []byte, path ...string) {
	text, err := json.Marshal(value)
	if err != nil {
		w.err = cmp.Or(w.err, internal(err))
	}
	w.set(text, key, path...)
}

func (w *writer) set(value, key []byte, path ...string) {
	if b := w.at(path...); b != nil {
		w.done(b.Put(key, value))
	}
}

func (w *writer) remove(key []byte, path ...string) {
	if b := w.at(path...); b != nil {
		w.done(b.Delete(key))
	}
}

// at returns the bucket at a path, which it makes if there is none. After an error it returns nil.
func (w *writer) at(path ...string) *bbolt.Bucket {
	if w.err != nil {
		return nil
	}
	b, err := w.tx.CreateBucketIfNotExists([]byte(w.id))
	for _, name := range path {
		if err == nil {
			b, err = b.CreateBucketIfNotExists([]byte(name))
		}
	}
	w.done(err)
	return b
}

// done keeps the first error of bbolt.
func (w *writer) done(err error) {
	if err != nil && w.err == nil {
		w.err = unavailable(err)
	}
}
