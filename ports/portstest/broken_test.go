package portstest_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

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

// Stores broken on purpose, each in ten lines or fewer and named after the outage that it would cause.

// twoInOneSeat takes no lock: it decides on what it saw a moment ago.
type twoInOneSeat struct{ store }

func (s twoInOneSeat) Update(ctx context.Context, need ports.Need, decide decide) error {
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

// undoneButRemembered hands out what it keeps instead of a copy.
type undoneButRemembered struct {
	store
	mu      sync.Mutex
	rosters map[domain.CourseID]*domain.Roster
}

func (s *undoneButRemembered) Update(ctx context.Context, need ports.Need, decide decide) error {
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

// toldDoneButGone swallows the error of the commit.
type toldDoneButGone struct{ store }

func (s toldDoneButGone) Update(ctx context.Context, need ports.Need, decide decide) (decided error) {
	_ = s.store.Update(ctx, need, func(l ports.Loaded) (c ports.Changes, err error) {
		c, decided = decide(l)
		return c, decided
	})
	return decided
}

// mailNeverSent loses the last row of the journal.
type mailNeverSent struct{ store }

func (s mailNeverSent) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		c.Journal = c.Journal[:max(0, len(c.Journal)-1)]
		return c, err
	})
}

// overtakenInLine serves the line from its end.
type overtakenInLine struct{ store }

func (s overtakenInLine) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.store.Standings(ctx, t, c, p)
	slices.Reverse(page)
	return page, err
}

// retrySwallowed keeps a command's reply whether or not the command's changes were saved, so a retry is told "done".
type retrySwallowed struct{ store }

func (s retrySwallowed) Update(ctx context.Context, need ports.Need, decide decide) error {
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

// fullWithEmptySeats counts a seat too many as a course changes.
type fullWithEmptySeats struct{ store }

func (s fullWithEmptySeats) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for i := range c.Courses {
			c.Courses[i].SeatsTaken += int(c.Courses[i].Sequence / 5)
		}
		return c, err
	})
}

// consumerWaitsForever leaves out a number, and who reads in order waits for it.
type consumerWaitsForever struct{ store }

func (s consumerWaitsForever) Update(ctx context.Context, need ports.Need, decide decide) error {
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

// shutByOnePanic never gives back what it holds when a decision panics.
type shutByOnePanic struct {
	store
	mu sync.Mutex
}

func (s *shutByOnePanic) Update(ctx context.Context, need ports.Need, decide decide) error {
	if !s.mu.TryLock() {
		return fmt.Errorf("%w: stuck", ports.ErrUnavailable)
	}
	err := s.store.Update(ctx, need, decide)
	s.mu.Unlock()
	return err
}

// aboardButUnknown answers whatever more is asked for by what it has loaded.
type aboardButUnknown struct{ store }

func (s aboardButUnknown) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		l.More = func(larger ports.Need) (ports.Loaded, error) {
			l.Replies = make([]ports.IdempotencyRecord, len(larger.Keys))
			return l, nil
		}
		return decide(l)
	})
}

// rowsOfTheNeighbour forgets whose courses it is asked for.
type rowsOfTheNeighbour struct{ store }

func (s rowsOfTheNeighbour) Course(ctx context.Context, _ domain.TenantID, id domain.CourseID) (domain.Course, error) {
	return s.store.Course(ctx, "t", id)
}

func TestBrokenStoresAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caughtBy string
		broken   func(store) store
	}{
		{"last seats", func(s store) store { return twoInOneSeat{s} }},
		{"rollback", func(s store) store {
			return &undoneButRemembered{store: s, rosters: make(map[domain.CourseID]*domain.Roster)}
		}},
		{"loads more", func(s store) store { return aboardButUnknown{s} }},
		{"saves all", func(s store) store { return mailNeverSent{s} }},
		{"pages of standings", func(s store) store { return overtakenInLine{s} }},
		{"rollback", func(s store) store { return retrySwallowed{s} }},
		{"saves all", func(s store) store { return fullWithEmptySeats{s} }},
		{"saves all", func(s store) store { return consumerWaitsForever{s} }},
		{"panic in decide", func(s store) store { return &shutByOnePanic{store: s} }},
		{"tenants apart", func(s store) store { return rowsOfTheNeighbour{s} }},
		{"cancelled in decide", func(s store) store { return toldDoneButGone{s} }},
		{"failed commit", func(s store) store { return toldDoneButGone{s} }},
		{"forget", func(s store) store { return &foundInTheArchive{store: s} }},
		{"forget", func(s store) store { return &stillOnTheList{store: s} }},
		{"forget", func(s store) store { return &toldByAnothersReply{store: s} }},
		{"forget", func(s store) store { return seatGoneWithTheName{s} }},
		{"forget own replies", func(s store) store { return ownRepliesStay{s} }},
		{"forget in many replies", func(s store) store { return onlyTheFirstPage{s} }},
		{"forget one tenant's", func(s store) store { return namesakeErased{s} }},
		{"forget again", func(s store) store { return strangersCounted{s} }},
		{"forget during updates", func(s store) store { return writtenBackStale{s} }},
		{"forget during a snapshot", func(s store) store { return snapshotThatMoves{s} }},
		{"expire", func(s store) store { return retriedTooLate{s} }},
		{"expire", func(s store) store { return saidToBeExpired{s} }},
		{"expire all tenants'", func(s store) store { return expiresAtHome{s} }},
		{"expire many", func(s store) store { return fullDisk{s} }},
		{"failed commit", func(s store) store { return toldForgottenButThere{s} }},
		{"journal", func(s store) store { return traceLost{s} }},
		{"dead letters", func(s store) store { return bodyMended{s} }},
		{"put again", func(s store) store { return triedOnce{s} }},
		{"put again", func(s store) store { return oldReason{s} }},
		{"pages of dead letters", func(s store) store { return firstPageForEver{s} }},
		{"delete dead letters", func(s store) store { return settledInPart{s} }},
		{"dead letters apart", func(s store) store { return neighboursPost{s} }},
		{"forget dead letters", func(s store) store { return stillInTheDeadLetters{s} }},
		{"failed commit", func(s store) store { return toldBuriedButGone{s} }},
	} {
		t.Run(fmt.Sprintf("%T", c.broken(nil)), func(t *testing.T) {
			t.Parallel()
			whole := func(s store) store { return s }
			if failure := runCase(t, c.caughtBy, whole); failure != "" {
				t.Fatalf("the case fails on a store that is whole: %s", failure)
			}
			failure := runCase(t, c.caughtBy, c.broken)
			if failure == "" {
				t.Fatalf("%q does not catch it", c.caughtBy)
			}
			t.Logf("%q says: %s", c.caughtBy, failure)
		})
	}
}

// runCase runs the named case on a store in memory as spoil leaves it, and returns what it failed with, or nothing.
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
