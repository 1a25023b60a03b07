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
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commit(); err != nil {
		return done, failed(err)
	}
	return s.tenants[id].forget(learner, pseudonym), nil
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commit(); err != nil {
		return 0, failed(err)
	}
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
