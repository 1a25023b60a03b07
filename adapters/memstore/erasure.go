package memstore

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"example.com/roster/adapters/internal/renames"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// LearnerStandings implements [ports.ErasureStore]; it looks at every course.
func (s *Store) LearnerStandings(
	_ context.Context, id domain.TenantID, learner domain.LearnerID, page ports.LearnerPage,
) (found []ports.RankedStanding, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.tenants[id].coursesOf(learner) {
		if c.ID > page.After && len(found) < page.Limit {
			found = append(found, c.ranked(learner))
		}
	}
	return found, nil
}

// Forget implements [ports.ErasureStore].
func (s *Store) Forget(
	ctx context.Context, id domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	err = withLock(ctx, s.updating, func() error {
		return s.commitChange(ctx, func() { done = s.forget(id, learner, pseudonym) })
	})
	return done, err
}

// coursesOf returns the courses on which the learner has a standing, in order.
func (t tenant) coursesOf(learner domain.LearnerID) (found []*course) {
	for _, c := range t.courses {
		if _, ok := c.standings[learner]; ok {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *course) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// entriesOf yields the positions of the learner's entries in the journal, from the last to the first. A rename to the learner's id
// leads to an earlier id; before a rename from an id, the id meant another person.
func (c *course) entriesOf(learner domain.LearnerID) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, e := range slices.Backward(c.journal) {
			if e.Previous == learner && e.Learner != learner {
				return
			}
			if e.Learner != learner {
				continue
			}
			if !yield(i) {
				return
			}
			if e.Type == domain.LearnerRenamed {
				learner = e.Previous
			}
		}
	}
}

func (t tenant) person(learner domain.LearnerID) renames.Person {
	p := renames.Person{}
	for _, c := range t.coursesOf(learner) {
		for i := range c.entriesOf(learner) {
			if e := c.journal[i]; e.Type == domain.LearnerRenamed {
				p.Add(e.Previous, e.At)
			}
		}
	}
	p[learner] = time.Time{}
	return p
}

// About implements [ports.ErasureStore].
func (s *Store) About(_ context.Context, id domain.TenantID, learner domain.LearnerID) (data ports.PersonalData, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tenants[id]
	for _, c := range t.coursesOf(learner) {
		data.Standings = append(data.Standings, c.standings[learner])
		first := len(data.Events)
		for i := range c.entriesOf(learner) {
			data.Events = append(data.Events, c.journal[i])
		}
		slices.Reverse(data.Events[first:])
	}
	p := t.person(learner)
	for _, record := range t.replies {
		if p.Is(domain.LearnerID(record.Subject), record.At) || len(p.Standings(record)) > 0 {
			data.Replies = append(data.Replies, cloneRecord(record))
		}
	}
	for _, letter := range t.deadLetters {
		if p.Is(letter.Learner, letter.At) {
			data.DeadLetters = append(data.DeadLetters, cloneDeadLetter(letter))
		}
	}
	slices.SortFunc(data.Replies, func(a, b ports.IdempotencyRecord) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(data.DeadLetters, func(a, b ports.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	return data, nil
}

func (s *Store) forget(id domain.TenantID, learner, pseudonym domain.LearnerID) (done ports.Forgotten) {
	t := s.tenants[id]
	p := t.person(learner)
	for _, c := range t.coursesOf(learner) {
		done.Standings++
		forgotten := c.clone()
		forgotten.journal = slices.Clone(c.journal)
		for i := range c.entriesOf(learner) {
			e := &forgotten.journal[i]
			if e.Learner = pseudonym; e.Previous != "" {
				e.Previous = pseudonym
			}
			done.Events++
		}
		forgotten.rename(learner, pseudonym)
		t.courses[c.ID] = forgotten
	}
	for key, record := range t.replies {
		if p.Is(domain.LearnerID(key.Subject), record.At) {
			delete(t.replies, key)
			done.Replies++
			continue
		}
		record = cloneRecord(record)
		if named := p.Standings(record); len(named) > 0 {
			for _, standing := range named {
				standing.Learner = pseudonym
			}
			t.replies[key] = record
			done.Replies++
		}
	}
	for name, letter := range t.deadLetters {
		if p.Is(letter.Learner, letter.At) {
			delete(t.deadLetters, name)
			done.DeadLetters++
		}
	}
	return done
}

// rename gives the standing of a learner to another one. Readers may share the indexes, which it replaces.
func (c *course) rename(from, to domain.LearnerID) {
	s := c.standings[from]
	s.Learner = to
	delete(c.standings, from)
	c.standings[to] = s
	c.all, c.waitlist = c.all.rename(from, to), c.waitlist.rename(from, to)
}

// rename returns x with another learner in every entry of one, stale ones included.
func (x index) rename(from, to domain.LearnerID) index {
	renamed := slices.Clone(x)
	for i := range renamed {
		if renamed[i].learner == from {
			renamed[i].learner = to
		}
	}
	return renamed
}
