package portstest_test

import (
	"context"
	"iter"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stores whose maintenance or erasure is broken on purpose.

// An erasure is a learner to forget and the pseudonym.
type erasure struct{ learner, pseudonym domain.LearnerID }

// keepsNameInJournal leaves the learner in the journal.
type keepsNameInJournal struct {
	store
	erasure
}

func (s *keepsNameInJournal) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.erasure = erasure{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *keepsNameInJournal) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
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

// keepsNameInStandings leaves the learner in the standings.
type keepsNameInStandings struct {
	store
	erasure
}

func (s *keepsNameInStandings) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.erasure = erasure{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *keepsNameInStandings) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.store.Standings(ctx, t, c, p)
	for i := range page {
		if page[i].Learner == s.pseudonym {
			page[i].Learner = s.learner
		}
	}
	return page, err
}

// keepsNameInPromoted leaves the learner among those whom a reply names as promoted.
type keepsNameInPromoted struct {
	store
	erasure
}

func (s *keepsNameInPromoted) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	s.erasure = erasure{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s *keepsNameInPromoted) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		for _, record := range l.Replies {
			for _, o := range record.Outcomes {
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

// freesSeat counts a seat less when it forgets a learner.
type freesSeat struct{ store }

func (s freesSeat) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, _ := s.store.Forget(ctx, t, l, p)
	need := ports.Need{Tenant: t, Courses: []ports.NeedCourse{{ID: "seat"}}}
	return found, s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c := l.Rosters[0].Course
		c.SeatsTaken--
		return ports.Changes{Courses: []domain.Course{c}}, nil
	})
}

// restore changes the store, and then restores a reply that it had before.
func restore(ctx context.Context, s ports.Store, t domain.TenantID, key ports.IdempotencyKey, change func()) error {
	need := ports.Need{Tenant: t, Keys: []ports.IdempotencyKey{key}}
	var before ports.IdempotencyRecord
	err := s.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		before = l.Replies[0]
		return ports.Changes{}, nil
	})
	change()
	if err != nil || before.Fingerprint == "" {
		return err
	}
	return s.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{before}}, nil
	})
}

// keepsOwnReplies does not remove the replies to the learner.
type keepsOwnReplies struct{ store }

func (s keepsOwnReplies) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (found ports.Forgotten, err error) {
	key := ports.IdempotencyKey{Subject: string(l), Name: "k"}
	return found, restore(ctx, s.store, t, key, func() { found, err = s.store.Forget(ctx, t, l, p) })
}

// erasesFirstReplies forgets the learner in the first of many replies only.
type erasesFirstReplies struct{ store }

func (s erasesFirstReplies) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (found ports.Forgotten, err error) {
	last := ports.IdempotencyKey{Subject: "suite2", Name: "k248"}
	return found, restore(ctx, s.store, t, last, func() { found, err = s.store.Forget(ctx, t, l, p) })
}

// erasesInAllTenants forgets the learner in another tenant too.
type erasesInAllTenants struct{ store }

func (s erasesInAllTenants) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	if _, err := s.store.Forget(ctx, "other", l, p); err != nil {
		return ports.Forgotten{}, err
	}
	return s.store.Forget(ctx, t, l, p)
}

// countsUnknown counts a standing of a learner whom it does not know.
type countsUnknown struct{ store }

func (s countsUnknown) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, err := s.store.Forget(ctx, t, l, p)
	found.Standings = max(1, found.Standings)
	return found, err
}

// overwritesUpdates writes a course back as it was before it forgot the learner.
type overwritesUpdates struct{ store }

func (s overwritesUpdates) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	before, _ := s.store.Course(ctx, t, "c")
	time.Sleep(time.Millisecond) // steady: in a bubble
	found, _ := s.store.Forget(ctx, t, l, p)
	return found, s.store.Update(ctx, ports.Need{Tenant: t}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Courses: []domain.Course{before}}, nil
	})
}

// readsPastSnapshot reads current values in a snapshot.
type readsPastSnapshot struct{ store }

func (s readsPastSnapshot) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(s.store)
}

// expiresTooEarly removes replies that are a microsecond too young.
type expiresTooEarly struct{ store }

func (s expiresTooEarly) Expire(ctx context.Context, before time.Time) (int, error) {
	return s.store.Expire(ctx, before.Add(time.Microsecond))
}

// expiresNothing counts replies but does not remove them.
type expiresNothing struct{ store }

func (s expiresNothing) Expire(ctx context.Context, before time.Time) (n int, err error) {
	key := ports.IdempotencyKey{Subject: "suite", Name: "k0"}
	return n, restore(ctx, s.store, "t", key, func() { n, err = s.store.Expire(ctx, before) })
}

// expiresOneTenant keeps the replies of a tenant.
type expiresOneTenant struct{ store }

func (s expiresOneTenant) Expire(ctx context.Context, before time.Time) (n int, err error) {
	key := ports.IdempotencyKey{Subject: "suite", Name: "k"}
	return n, restore(ctx, s.store, "other", key, func() { n, err = s.store.Expire(ctx, before) })
}

// expiresFirstPart stops after its first transaction.
type expiresFirstPart struct{ store }

func (s expiresFirstPart) Expire(ctx context.Context, before time.Time) (n int, err error) {
	last := ports.IdempotencyKey{Subject: "suite", Name: "k2000"}
	err = restore(ctx, s.store, "t", last, func() { n, err = s.store.Expire(ctx, before) })
	return max(0, n-1), err
}

// ignoresForgetErrors returns no error when the commit of Forget fails.
type ignoresForgetErrors struct{ store }

func (s ignoresForgetErrors) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	found, _ := s.store.Forget(ctx, t, l, p)
	return found, nil
}

// ignoresPurgeErrors returns no error when the commit of Purge fails.
type ignoresPurgeErrors struct{ store }

func (s ignoresPurgeErrors) Purge(ctx context.Context, before time.Time) (int, error) {
	n, _ := s.store.Purge(ctx, before)
	return n, nil
}

// ignoresRepublishErrors returns no error when the commit of Republish fails.
type ignoresRepublishErrors struct{ store }

func (s ignoresRepublishErrors) Republish(ctx context.Context, t domain.TenantID, since time.Time) (int, error) {
	n, _ := s.store.Republish(ctx, t, since)
	return n, nil
}
