package memstore

import (
	"context"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.ErasureStore].
func (s *Store) Forget(
	ctx context.Context, id domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	err = withLock(ctx, s.updating, func() error {
		return s.commitChange(ctx, func() { done = s.tenants[id].forget(learner, pseudonym) })
	})
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
	for key, record := range t.replies {
		if key.Subject == string(learner) {
			delete(t.replies, key)
			done.Replies++
			continue
		}
		record = cloneRecord(record)
		if replaceLearner(record.Outcomes, learner, pseudonym) {
			t.replies[key] = record
			done.Replies++
		}
	}
	for id, letter := range t.deadLetters {
		if letter.Learner == learner {
			delete(t.deadLetters, id)
			done.DeadLetters++
		}
	}
	return done
}

// forget returns a copy of the course with the pseudonym. It does not change c, which readers and snapshots may share.
func (c *course) forget(learner, pseudonym domain.LearnerID) (renamed *course, events int) {
	renamed = c.clone()
	s := renamed.standings[learner]
	s.Learner = pseudonym
	delete(renamed.standings, learner)
	renamed.standings[pseudonym] = s
	renamed.all, renamed.waitlist = c.all.rename(learner, pseudonym), c.waitlist.rename(learner, pseudonym)
	renamed.journal = slices.Clone(c.journal)
	for i := range renamed.journal {
		if renamed.journal[i].Learner == learner {
			renamed.journal[i].Learner = pseudonym
			events++
		}
	}
	return renamed, events
}

// rename returns o with the pseudonym in every entry of the learner, stale ones included.
func (o order) rename(learner, pseudonym domain.LearnerID) order {
	renamed := slices.Clone(o)
	for i := range renamed {
		if renamed[i].learner == learner {
			renamed[i].learner = pseudonym
		}
	}
	return renamed
}

func replaceLearner(outcomes []ports.Outcome, learner, pseudonym domain.LearnerID) (found bool) {
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
