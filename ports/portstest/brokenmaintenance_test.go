package portstest_test

import (
	"context"
	"iter"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stores whose upkeep is broken on purpose.

// A grudge is whom a store should have forgotten, and what he is called since.
type grudge struct{ learner, pseudonym domain.LearnerID }

// foundInTheArchive leaves the name in the journal.
type foundInTheArchive struct {
	store
	grudge
}

func (s *foundInTheArchive) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.grudge = grudge{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *foundInTheArchive) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for e, err := range s.store.Journal(ctx, t, c, after) {
			if e.Learner != "" && e.Learner == s.pseudonym {
				e.Learner = s.learner
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// stillOnTheList leaves the name in the standings.
type stillOnTheList struct {
	store
	grudge
}

func (s *stillOnTheList) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.grudge = grudge{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *stillOnTheList) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.store.Standings(ctx, t, c, p)
	for i := range page {
		if page[i].Learner == s.pseudonym {
			page[i].Learner = s.learner
		}
	}
	return page, err
}

// toldByAnothersReply leaves the name among those who were promoted.
type toldByAnothersReply struct {
	store
	grudge
}

func (s *toldByAnothersReply) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.grudge = grudge{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *toldByAnothersReply) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		for _, kept := range l.Replies {
			for _, o := range kept.Outcomes {
				for i := range o.Promoted {
					if o.Promoted[i].Learner == s.pseudonym {
						o.Promoted[i].Learner = s.learner
					}
				}
			}
		}
		return decide(l)
	})
}

// seatGoneWithTheName counts one less where one was forgotten.
type seatGoneWithTheName struct{ store }

func (s seatGoneWithTheName) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, _ := s.store.Forget(ctx, t, l, p)
	need := ports.Need{Tenant: t, Courses: []ports.NeedCourse{{ID: "seat"}}}
	return found, s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c := l.Rosters[0].Course
		c.SeatsTaken--
		return ports.Changes{Courses: []domain.Course{c}}, nil
	})
}

// restore does something to the store, and puts back a reply that was there before.
func restore(ctx context.Context, s ports.Store, t domain.TenantID, key ports.IdempotencyKey, something func()) error {
	need := ports.Need{Tenant: t, Keys: []ports.IdempotencyKey{key}}
	var before ports.IdempotencyRecord
	err := s.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		before = l.Replies[0]
		return ports.Changes{}, nil
	})
	something()
	if err != nil || before.Fingerprint == "" {
		return err
	}
	return s.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{before}}, nil
	})
}

// ownRepliesStay keeps what was replied to him whom it forgets.
type ownRepliesStay struct{ store }

func (s ownRepliesStay) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (found ports.Forgotten, err error) {
	key := ports.IdempotencyKey{Subject: string(l), Name: "k"}
	return found, restore(ctx, s.store, t, key, func() { found, err = s.store.Forget(ctx, t, l, p) })
}

// onlyTheFirstPage looks at the first of many replies.
type onlyTheFirstPage struct{ store }

func (s onlyTheFirstPage) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (found ports.Forgotten, err error) {
	last := ports.IdempotencyKey{Subject: "suite2", Name: "k248"}
	return found, restore(ctx, s.store, t, last, func() { found, err = s.store.Forget(ctx, t, l, p) })
}

// namesakeErased forgets all who are called so.
type namesakeErased struct{ store }

func (s namesakeErased) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	if _, err := s.store.Forget(ctx, "other", l, p); err != nil {
		return ports.Forgotten{}, err
	}
	return s.store.Forget(ctx, t, l, p)
}

// strangersCounted says that it forgot one whom it did not know.
type strangersCounted struct{ store }

func (s strangersCounted) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, err := s.store.Forget(ctx, t, l, p)
	found.Standings = max(1, found.Standings)
	return found, err
}

// writtenBackStale reads a course, forgets, and writes the course back as it was.
type writtenBackStale struct{ store }

func (s writtenBackStale) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	before, _ := s.store.Course(ctx, t, "c")
	time.Sleep(time.Millisecond)
	found, _ := s.store.Forget(ctx, t, l, p)
	return found, s.store.Update(ctx, ports.Need{Tenant: t}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Courses: []domain.Course{before}}, nil
	})
}

// snapshotThatMoves reads what is there now.
type snapshotThatMoves struct{ store }

func (s snapshotThatMoves) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(s.store)
}

// retriedTooLate frees a key while its caller may still retry.
type retriedTooLate struct{ store }

func (s retriedTooLate) Expire(ctx context.Context, before time.Time) (int, error) {
	return s.store.Expire(ctx, before.Add(time.Microsecond))
}

// saidToBeExpired removes nothing of what it counts.
type saidToBeExpired struct{ store }

func (s saidToBeExpired) Expire(ctx context.Context, before time.Time) (n int, err error) {
	key := ports.IdempotencyKey{Subject: "suite", Name: "k0"}
	return n, restore(ctx, s.store, "t", key, func() { n, err = s.store.Expire(ctx, before) })
}

// expiresAtHome leaves the replies of all tenants but one.
type expiresAtHome struct{ store }

func (s expiresAtHome) Expire(ctx context.Context, before time.Time) (n int, err error) {
	key := ports.IdempotencyKey{Subject: "suite", Name: "k"}
	return n, restore(ctx, s.store, "other", key, func() { n, err = s.store.Expire(ctx, before) })
}

// fullDisk stops after its first portion.
type fullDisk struct{ store }

func (s fullDisk) Expire(ctx context.Context, before time.Time) (n int, err error) {
	last := ports.IdempotencyKey{Subject: "suite", Name: "k2000"}
	err = restore(ctx, s.store, "t", last, func() { n, err = s.store.Expire(ctx, before) })
	return max(0, n-1), err
}

// toldForgottenButThere swallows the error of the commit.
type toldForgottenButThere struct{ store }

func (s toldForgottenButThere) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, _ := s.store.Forget(ctx, t, l, p)
	return found, nil
}
