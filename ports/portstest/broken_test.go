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

type decide = func(ports.Loaded) (ports.Changes, error)

// Stores broken on purpose, each in ten lines or fewer and named after the outage that it would cause.

// twoInOneSeat takes no lock: it decides on what it saw a moment ago.
type twoInOneSeat struct{ ports.Store }

func (s twoInOneSeat) Update(ctx context.Context, need ports.Need, decide decide) error {
	var changes ports.Changes
	err := s.Store.Update(ctx, need, func(l ports.Loaded) (_ ports.Changes, err error) {
		changes, err = decide(l)
		return ports.Changes{}, err
	})
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) { runtime.Gosched(); return changes, nil })
}

// undoneButRemembered hands out what it keeps instead of a copy.
type undoneButRemembered struct {
	ports.Store
	mu      sync.Mutex
	rosters map[domain.CourseID]*domain.Roster
}

func (s *undoneButRemembered) Update(ctx context.Context, need ports.Need, decide decide) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
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
type toldDoneButGone struct{ ports.Store }

func (s toldDoneButGone) Update(ctx context.Context, need ports.Need, decide decide) (decided error) {
	_ = s.Store.Update(ctx, need, func(l ports.Loaded) (c ports.Changes, err error) {
		c, decided = decide(l)
		return c, decided
	})
	return decided
}

// mailNeverSent loses the last row of the journal.
type mailNeverSent struct{ ports.Store }

func (s mailNeverSent) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		c.Journal = c.Journal[:max(0, len(c.Journal)-1)]
		return c, err
	})
}

// overtakenInLine serves the line from its end.
type overtakenInLine struct{ ports.Store }

func (s overtakenInLine) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := s.Store.Standings(ctx, t, c, p)
	slices.Reverse(page)
	return page, err
}

// retrySwallowed keeps a command's reply whether or not the command's changes were saved, so a retry is told "done".
type retrySwallowed struct{ ports.Store }

func (s retrySwallowed) Update(ctx context.Context, need ports.Need, decide decide) error {
	var replies []ports.IdempotencyRecord
	err := s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		replies, c.Replies = c.Replies, nil
		return c, err
	})
	_ = s.Store.Update(context.WithoutCancel(ctx), ports.Need{Tenant: need.Tenant}, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: replies}, nil
	})
	return err
}

// fullWithEmptySeats counts a seat too many as a course changes.
type fullWithEmptySeats struct{ ports.Store }

func (s fullWithEmptySeats) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for i := range c.Courses {
			c.Courses[i].SeatsTaken += int(c.Courses[i].Sequence / 5)
		}
		return c, err
	})
}

// consumerWaitsForever leaves out a number, and who reads in order waits for it.
type consumerWaitsForever struct{ ports.Store }

func (s consumerWaitsForever) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
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
	ports.Store
	mu sync.Mutex
}

func (s *shutByOnePanic) Update(ctx context.Context, need ports.Need, decide decide) error {
	if !s.mu.TryLock() {
		return fmt.Errorf("%w: stuck", ports.ErrUnavailable)
	}
	err := s.Store.Update(ctx, need, decide)
	s.mu.Unlock()
	return err
}

// aboardButUnknown answers whatever more is asked for by what it has loaded.
type aboardButUnknown struct{ ports.Store }

func (s aboardButUnknown) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		l.More = func(larger ports.Need) (ports.Loaded, error) {
			l.Replies = make([]ports.IdempotencyRecord, len(larger.Keys))
			return l, nil
		}
		return decide(l)
	})
}

// rowsOfTheNeighbour forgets whose courses it is asked for.
type rowsOfTheNeighbour struct{ ports.Store }

func (s rowsOfTheNeighbour) Course(ctx context.Context, _ domain.TenantID, id domain.CourseID) (domain.Course, error) {
	return s.Store.Course(ctx, "t", id)
}

func TestBrokenStoresAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caughtBy string
		broken   func(ports.Store) ports.Store
	}{
		{"last seats", func(s ports.Store) ports.Store { return twoInOneSeat{s} }},
		{"rollback", func(s ports.Store) ports.Store {
			return &undoneButRemembered{Store: s, rosters: make(map[domain.CourseID]*domain.Roster)}
		}},
		{"loads more", func(s ports.Store) ports.Store { return aboardButUnknown{s} }},
		{"saves all", func(s ports.Store) ports.Store { return mailNeverSent{s} }},
		{"pages of standings", func(s ports.Store) ports.Store { return overtakenInLine{s} }},
		{"rollback", func(s ports.Store) ports.Store { return retrySwallowed{s} }},
		{"saves all", func(s ports.Store) ports.Store { return fullWithEmptySeats{s} }},
		{"saves all", func(s ports.Store) ports.Store { return consumerWaitsForever{s} }},
		{"panic in decide", func(s ports.Store) ports.Store { return &shutByOnePanic{Store: s} }},
		{"tenants apart", func(s ports.Store) ports.Store { return rowsOfTheNeighbour{s} }},
		{"cancelled in decide", func(s ports.Store) ports.Store { return toldDoneButGone{s} }},
		{"failed commit", func(s ports.Store) ports.Store { return toldDoneButGone{s} }},
		{"forget", func(s ports.Store) ports.Store { return &foundInTheArchive{Store: s} }},
		{"forget", func(s ports.Store) ports.Store { return &stillOnTheList{Store: s} }},
		{"forget", func(s ports.Store) ports.Store { return &toldByAnothersReply{Store: s} }},
		{"forget", func(s ports.Store) ports.Store { return seatGoneWithTheName{s} }},
		{"forget his own replies", func(s ports.Store) ports.Store { return ownRepliesStay{s} }},
		{"forget in many replies", func(s ports.Store) ports.Store { return onlyTheFirstPage{s} }},
		{"forget one tenant's", func(s ports.Store) ports.Store { return namesakeErased{s} }},
		{"forget again", func(s ports.Store) ports.Store { return strangersCounted{s} }},
		{"forget during updates", func(s ports.Store) ports.Store { return writtenBackStale{s} }},
		{"forget beside a snapshot", func(s ports.Store) ports.Store { return snapshotThatMoves{s} }},
		{"expire", func(s ports.Store) ports.Store { return retriedTooLate{s} }},
		{"expire", func(s ports.Store) ports.Store { return saidToBeExpired{s} }},
		{"expire everybody's", func(s ports.Store) ports.Store { return expiresAtHome{s} }},
		{"expire many", func(s ports.Store) ports.Store { return fullDisk{s} }},
		{"failed commit", func(s ports.Store) ports.Store { return toldForgottenButThere{s} }},
		{"journal", func(s ports.Store) ports.Store { return traceLost{s} }},
		{"dead letters", func(s ports.Store) ports.Store { return bodyMended{s} }},
		{"bury again", func(s ports.Store) ports.Store { return triedOnce{s} }},
		{"bury again", func(s ports.Store) ports.Store { return oldReason{s} }},
		{"pages of dead letters", func(s ports.Store) ports.Store { return firstPageForEver{s} }},
		{"settle", func(s ports.Store) ports.Store { return settledInPart{s} }},
		{"dead letters apart", func(s ports.Store) ports.Store { return neighboursPost{s} }},
		{"forget dead letters", func(s ports.Store) ports.Store { return stillInTheDeadLetters{s} }},
		{"failed commit", func(s ports.Store) ports.Store { return toldBuriedButGone{s} }},
	} {
		t.Run(fmt.Sprintf("%T", c.broken(nil)), func(t *testing.T) {
			t.Parallel()
			whole := func(s ports.Store) ports.Store { return s }
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
func runCase(t *testing.T, name string, spoil func(ports.Store) ports.Store) string {
	return portstest.FailureOf(t, func(t testing.TB) {
		if name == "failed commit" {
			portstest.FailedCommit(t, func(_ testing.TB, commit func() error) ports.Store {
				return spoil(memstore.New(memstore.WithCommit(commit)))
			})
			return
		}
		for _, c := range portstest.StoreCases() {
			if c.Name == name {
				c.Run(t, func(testing.TB) ports.Store { return spoil(memstore.New()) })
			}
		}
	})
}
