package memstore

import (
	"context"
	"slices"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.Store].
func (s *Store) Forget(
	ctx context.Context, id domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return done, gone(ctx)
	}
	err = s.committing(func() { done = s.tenants[id].forget(learner, pseudonym) })
	return done, err
}

func (t tenant) forget(learner, pseudonym domain.LearnerID) (done ports.Forgotten) {
	for id, c := range t.courses {
		if _, ok := c.standings[learner]; !ok {
			continue
		}
		renamed, events := c.forget(learner, pseudonym)
		t.courses[id] = renamed
		done.Standings++
		done.Events += events
	}
	for key, kept := range t.replies {
		if key.Subject == string(learner) {
			delete(t.replies, key)
			done.Replies++
			continue
		}
		kept = keep(kept)
		if forgetIn(kept.Outcomes, learner, pseudonym) {
			t.replies[key] = kept
			done.Replies++
		}
	}
	for name, letter := range t.letters {
		if letter.Learner == learner {
			delete(t.letters, name)
			done.DeadLetters++
		}
	}
	return done
}

// forget returns the course as it is without the learner; readers and snapshots may still look at what c shares.
func (c *course) forget(learner, pseudonym domain.LearnerID) (renamed *course, events int) {
	renamed = c.clone()
	s := renamed.standings[learner]
	s.Learner = pseudonym
	delete(renamed.standings, learner)
	renamed.standings[pseudonym] = s
	renamed.all, renamed.line = c.all.rename(learner, pseudonym), c.line.rename(learner, pseudonym)
	renamed.journal = slices.Clone(c.journal)
	for i := range renamed.journal {
		if renamed.journal[i].Learner == learner {
			renamed.journal[i].Learner = pseudonym
			events++
		}
	}
	return renamed, events
}

// rename returns o with the pseudonym in all of the learner's places, the dead ones included.
func (o order) rename(learner, pseudonym domain.LearnerID) order {
	renamed := slices.Clone(o)
	for i := range renamed {
		if renamed[i].learner == learner {
			renamed[i].learner = pseudonym
		}
	}
	return renamed
}

func forgetIn(outcomes []ports.Outcome, learner, pseudonym domain.LearnerID) (found bool) {
	rename := func(s *domain.Standing) {
		if s.Learner == learner {
			s.Learner, found = pseudonym, true
		}
	}
	for i := range outcomes {
		rename(&outcomes[i].Standing)
		for j := range outcomes[i].Promoted {
			rename(&outcomes[i].Promoted[j])
		}
	}
	return found
}

// Expire implements [ports.Store].
func (s *Store) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	if ctx.Err() != nil {
		return 0, gone(ctx)
	}
	err = s.committing(func() {
		for _, t := range s.tenants {
			for key, kept := range t.replies {
				if kept.At.Before(before) {
					delete(t.replies, key)
					removed++
				}
			}
		}
	})
	return removed, err
}

// Purge implements [ports.Store].
func (s *Store) Purge(ctx context.Context, before time.Time) (removed int, err error) {
	if ctx.Err() != nil {
		return 0, gone(ctx)
	}
	err = s.committing(func() {
		for _, t := range s.tenants {
			for _, c := range t.courses {
				removed += c.purge(before)
			}
		}
	})
	return removed, err
}

// purge leaves, of the published entries that happened before a time, the last of each learner and of the course's own.
// Where less is old and published than what is a snapshot already, there is nothing to do.
func (c *course) purge(before time.Time) (removed int) {
	upTo := int64(0)
	last := make(map[domain.LearnerID]int64)
	for _, e := range c.journal {
		if e.Sequence > c.published || !e.At.Before(before) {
			break
		}
		upTo = e.Sequence
		last[e.Learner] = e.Sequence
	}
	if upTo <= c.purged {
		return 0
	}
	left := make([]ports.Entry, 0, len(c.journal))
	for _, e := range c.journal {
		if e.Sequence > upTo || last[e.Learner] == e.Sequence {
			left = append(left, e)
		}
	}
	removed = len(c.journal) - len(left)
	c.journal, c.purged = left, upTo
	return removed
}

// Republish implements [ports.Store].
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	defer s.wake()
	err = s.committing(func() {
		for _, c := range s.tenants[tenant].courses {
			n += c.takeBack(since)
		}
	})
	return n, err
}

// takeBack takes the mark back to before the first entry that happened since a time, and returns how many it is off then.
func (c *course) takeBack(since time.Time) int {
	first := slices.IndexFunc(c.journal, func(e ports.Entry) bool { return !e.At.Before(since) })
	if first < 0 || c.journal[first].Sequence > c.published {
		return 0
	}
	before := len(c.entries(c.published))
	c.published = c.journal[first].Sequence - 1
	return len(c.entries(c.published)) - before
}
