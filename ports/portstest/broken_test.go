package portstest_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A store implements every port that a store can.
type store interface {
	portstest.MaintenanceStore
	ports.ErasureStore
	ports.DeadLetterStore
}

type opens = func(testing.TB) store

// storeCases holds the cases of all suites of a store.
var storeCases []portstest.Case[opens]

func init() {
	add(portstest.StoreCases(), func(open opens) portstest.Open {
		return func(t testing.TB) ports.Store { return open(t) }
	})
	add(portstest.OutboxCases(), func(open opens) portstest.OpenOutbox {
		return func(t testing.TB) portstest.OutboxStore { return open(t) }
	})
	add(portstest.MaintenanceCases(), func(open opens) portstest.OpenMaintenance {
		return func(t testing.TB) portstest.MaintenanceStore { return open(t) }
	})
	add(portstest.ErasureCases(), func(open opens) portstest.OpenErasure {
		return func(t testing.TB) portstest.ErasureStore { return open(t) }
	})
	add(portstest.DeadLetterCases(), func(open opens) portstest.OpenDeadLetters {
		return func(t testing.TB) ports.DeadLetterStore { return open(t) }
	})
}

func add[O any](cases []portstest.Case[O], as func(opens) O) {
	for _, c := range cases {
		run := func(t testing.TB, open opens) { c.Run(t, as(open)) }
		storeCases = append(storeCases, portstest.Case[opens]{Name: c.Name, Rule: c.Rule, Run: run})
	}
}

type decide = func(ports.Loaded) (ports.Changes, error)

// Stores that are broken on purpose, each in about ten lines.

// takesNoLock decides on values that it loaded without a lock.
type takesNoLock struct{ store }

func (s takesNoLock) Update(ctx context.Context, need ports.Need, decide decide) error {
	var changes ports.Changes
	err := s.store.Update(ctx, need, func(l ports.Loaded) (_ ports.Changes, err error) {
		changes, err = decide(l)
		return ports.Changes{}, err
	})
	if err != nil {
		return err
	}
	return s.store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) { runtime.Gosched(); return changes, nil })
}

// sharesRosters returns the roster that it keeps instead of a copy.
type sharesRosters struct {
	store
	mu      sync.Mutex
	rosters map[domain.CourseID]*domain.Roster
}

func (s *sharesRosters) Update(ctx context.Context, need ports.Need, decide decide) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		for i, r := range l.Rosters {
			if before := s.rosters[r.Course.ID]; before != nil && before.Known() >= r.Known() {
				l.Rosters[i] = before
			}
			s.rosters[r.Course.ID] = l.Rosters[i]
		}
		return decide(l)
	})
}

// ignoresCommitErrors returns no error when a commit fails.
type ignoresCommitErrors struct{ store }

func (s ignoresCommitErrors) Update(ctx context.Context, need ports.Need, decide decide) (decided error) {
	_ = s.store.Update(ctx, need, func(l ports.Loaded) (c ports.Changes, err error) {
		c, decided = decide(l)
		return c, decided
	})
	return decided
}

// losesLastEntry does not save the last entry of the journal.
type losesLastEntry struct{ store }

func (s losesLastEntry) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		c.Journal = c.Journal[:max(0, len(c.Journal)-1)]
		return c, err
	})
}

// reversesWaitlist returns the standings of a page in reverse order.
type reversesWaitlist struct{ store }

func (s reversesWaitlist) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.store.Standings(ctx, t, c, p)
	slices.Reverse(page)
	return page, err
}

// sharesStandings returns the page that it keeps instead of a copy.
type sharesStandings struct {
	store
	pages sync.Map
}

func (s *sharesStandings) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.store.Standings(ctx, t, c, p)
	kept, _ := s.pages.LoadOrStore(fmt.Sprint(t, c, p), page)
	return kept.([]ports.RankedStanding), err
}

// sharesCourses does the same with pages of courses.
type sharesCourses struct {
	store
	pages sync.Map
}

func (s *sharesCourses) Courses(ctx context.Context, t domain.TenantID, p ports.CoursePage) ([]domain.Course, error) {
	page, err := s.store.Courses(ctx, t, p)
	kept, _ := s.pages.LoadOrStore(fmt.Sprint(t, p), page)
	return kept.([]domain.Course), err
}

// savesReplyAlone saves the reply to a command even if its changes are not saved, so a retry gets the reply.
type savesReplyAlone struct{ store }

func (s savesReplyAlone) Update(ctx context.Context, need ports.Need, decide decide) error {
	var replies []ports.IdempotencyRecord
	err := s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		replies, c.Replies = c.Replies, nil
		return c, err
	})
	_ = s.store.Update(context.WithoutCancel(ctx), ports.Need{Tenant: need.Tenant}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: replies}, nil
	})
	return err
}

// miscountsSeats counts more seats than are taken, from the fifth change on.
type miscountsSeats struct{ store }

func (s miscountsSeats) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for i := range c.Courses {
			c.Courses[i].SeatsTaken += int(c.Courses[i].Sequence / 5)
		}
		return c, err
	})
}

// skipsSequence leaves out a sequence, so a consumer that reads in order waits for it.
type skipsSequence struct{ store }

func (s skipsSequence) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for i := range c.Courses {
			if c.Courses[i].Sequence > 3 {
				c.Courses[i].Sequence++
			}
		}
		return c, err
	})
}

// staysLockedAfterPanic does not release its lock when decide panics.
type staysLockedAfterPanic struct {
	store
	mu sync.Mutex
}

func (s *staysLockedAfterPanic) Update(ctx context.Context, need ports.Need, decide decide) error {
	if !s.mu.TryLock() {
		return fmt.Errorf("%w: stuck", ports.ErrUnavailable)
	}
	err := s.store.Update(ctx, need, decide)
	s.mu.Unlock()
	return err
}

// ignoresLargerNeed answers More with what it has loaded.
type ignoresLargerNeed struct{ store }

func (s ignoresLargerNeed) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		l.More = func(larger ports.Need) (ports.Loaded, error) {
			l.Replies = make([]ports.IdempotencyRecord, len(larger.Keys))
			return l, nil
		}
		return decide(l)
	})
}

// mixesTenants returns the courses of one tenant to every tenant.
type mixesTenants struct{ store }

func (s mixesTenants) Course(ctx context.Context, _ domain.TenantID, id domain.CourseID) (domain.Course, error) {
	return s.store.Course(ctx, "t", id)
}

// A broken store, and the case that must fail on it.
type broken struct {
	caughtBy string
	broken   func(store) store
}

func TestBrokenStoresAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(brokenRenames, []broken{
		{"last seats", func(s store) store { return takesNoLock{s} }},
		{"rollback", func(s store) store {
			return &sharesRosters{store: s, rosters: make(map[domain.CourseID]*domain.Roster)}
		}},
		{"loads more", func(s store) store { return ignoresLargerNeed{s} }},
		{"saves all", func(s store) store { return losesLastEntry{s} }},
		{"pages of standings", func(s store) store { return reversesWaitlist{s} }},
		{"aliasing", func(s store) store { return &sharesStandings{store: s} }},
		{"aliasing", func(s store) store { return &sharesCourses{store: s} }},
		{"rollback", func(s store) store { return savesReplyAlone{s} }},
		{"saves all", func(s store) store { return miscountsSeats{s} }},
		{"saves all", func(s store) store { return skipsSequence{s} }},
		{"panic in decide", func(s store) store { return &staysLockedAfterPanic{store: s} }},
		{"tenants apart", func(s store) store { return mixesTenants{s} }},
		{"cancelled in decide", func(s store) store { return ignoresCommitErrors{s} }},
		{"failed commit", func(s store) store { return ignoresCommitErrors{s} }},
		{"forget", func(s store) store { return &keepsNameInJournal{store: s} }},
		{"forget", func(s store) store { return &keepsNameInStandings{store: s} }},
		{"forget", func(s store) store { return &keepsNameInPromoted{store: s} }},
		{"forget", func(s store) store { return freesSeat{s} }},
		{"forget own replies", func(s store) store { return keepsOwnReplies{s} }},
		{"forget in many replies", func(s store) store { return erasesFirstReplies{s} }},
		{"forget one tenant's", func(s store) store { return erasesInAllTenants{s} }},
		{"forget again", func(s store) store { return countsUnknown{s} }},
		{"forget during updates", func(s store) store { return overwritesUpdates{s} }},
		{"forget during a snapshot", func(s store) store { return readsPastSnapshot{s} }},
		{"expire", func(s store) store { return expiresTooEarly{s} }},
		{"expire", func(s store) store { return expiresNothing{s} }},
		{"expire all tenants'", func(s store) store { return expiresOneTenant{s} }},
		{"expire many", func(s store) store { return expiresFirstPart{s} }},
		{"failed commit", func(s store) store { return ignoresForgetErrors{s} }},
		{"failed commit", func(s store) store { return ignoresPurgeErrors{s} }},
		{"failed commit", func(s store) store { return ignoresRepublishErrors{s} }},
		{"journal", func(s store) store { return losesTrace{s} }},
		{"dead letters", func(s store) store { return changesBody{s} }},
		{"put again", func(s store) store { return losesAttempts{s} }},
		{"put again", func(s store) store { return keepsOldReason{s} }},
		{"pages of dead letters", func(s store) store { return repeatsFirstPage{s} }},
		{"delete dead letters", func(s store) store { return deletesInPart{s} }},
		{"dead letters apart", func(s store) store { return mixesDeadLetters{s} }},
		{"forget dead letters", func(s store) store { return erasesNoDeadLetters{s} }},
		{"failed commit", func(s store) store { return ignoresPutErrors{s} }},
	}) {
		t.Run(fmt.Sprintf("%T", c.broken(nil)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				whole := func(s store) store { return s }
				if failure := runCase(t, c.caughtBy, whole); failure != "" {
					t.Fatalf("the case fails on a store that is not broken: %s", failure)
				}
				failure := runCase(t, c.caughtBy, c.broken)
				if failure == "" {
					t.Fatalf("%q does not catch it", c.caughtBy)
				}
				t.Logf("%q says: %s", c.caughtBy, failure)
			})
		})
	}
}

// runCase runs the named case on a store in memory that spoil has changed, and returns its failure, or "".
func runCase(t *testing.T, name string, spoil func(store) store) string {
	return portstest.FailureOf(t, func(t testing.TB) {
		if name == "failed commit" {
			portstest.FailedCommit(t, func(_ testing.TB, commit func() error) ports.Store {
				return spoil(memstore.New(memstore.WithCommit(commit)))
			})
			return
		}
		for _, c := range storeCases {
			if c.Name == name {
				c.Run(t, func(testing.TB) store { return spoil(memstore.New()) })
			}
		}
	})
}
