package memstore

import (
	"context"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.Store].
func (s *Store) Forget(ctx context.Context, id domain.TenantID, learner, pseudonym domain.LearnerID) (done ports.Forgotten, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return done, gone(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tenants[id].forget(learner, pseudonym), nil
}

func (t tenant) forget(learner, pseudonym domain.LearnerID) (done ports.Forgotten) {
	for id, c := range t.courses {
		renamed := c.clone() // snapshots share what a course holds
		standings, events := renamed.forget(learner, pseudonym)
		done.Standings += standings
		done.Events += events
		t.courses[id] = renamed
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
	return done
}

func (c *course) forget(learner, pseudonym domain.LearnerID) (standings, events int) {
	if s, ok := c.standings[learner]; ok {
		s.Learner = pseudonym
		delete(c.standings, learner)
		c.standings[pseudonym] = s
		c.all, c.line = c.all.rename(s), c.line.rename(s)
		standings++
	}
	journal := append([]ports.Entry(nil), c.journal...)
	for i := range journal {
		if journal[i].Learner == learner {
			journal[i].Learner = pseudonym
			events++
		}
	}
	if events > 0 {
		c.journal = journal
	}
	return standings, events
}

// rename returns o with the learner of s in the place of its sequence.
func (o order) rename(s domain.Standing) order {
	renamed := append(order(nil), o...)
	for i := range renamed {
		if renamed[i].sequence == s.Sequence {
			renamed[i].learner = s.Learner
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
func (s *Store) Expire(_ context.Context, before time.Time) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tenants {
		for key, kept := range t.replies {
			if kept.At.Before(before) {
				delete(t.replies, key)
				removed++
			}
		}
	}
	return removed, nil
}
