package servicetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A store is the store of the test, with failures. It records what it has committed.
type store struct {
	ports.Store
	failures  chan func() error // each runs after a decision was dropped, and returns the error of Update, or nil to decide again
	mu        sync.Mutex
	committed map[ports.CourseRef]int64 // the last sequence
}

// Update implements [ports.Store].
func (s *store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	dropped := errors.New("the decision is dropped")
	for {
		var failure func() error
		var changes ports.Changes
		err := s.Store.Update(ctx, need, func(l ports.Loaded) (_ ports.Changes, err error) {
			if more := l.More; more != nil {
				l.More = func(larger ports.Need) (ports.Loaded, error) { need = larger; return more(larger) }
			}
			if changes, err = decide(l); err != nil || isEmpty(changes) {
				return changes, err
			}
			select {
			case failure = <-s.failures:
				err = dropped
			default:
			}
			return changes, err
		})
		if errors.Is(err, dropped) {
			if err = failure(); err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range changes.Journal {
			of := ports.CourseRef{Tenant: need.Tenant, Course: e.Course}
			s.committed[of] = max(s.committed[of], e.Sequence)
		}
		return nil
	}
}

// isEmpty reports whether there is nothing to commit.
func isEmpty(c ports.Changes) bool {
	return len(c.Courses)+len(c.Renamed)+len(c.Standings)+len(c.Journal)+len(c.Replies) == 0
}

// events returns the events of a course after a sequence, as docs/rules.md writes them, and at the end the error, if there is one.
func (s *store) events(ctx context.Context, of ports.CourseRef, after int64) (events []string) {
	for e, err := range s.Journal(ctx, of.Tenant, of.Course, after) {
		if err != nil {
			return append(events, err.Error())
		}
		events = append(events, strings.TrimSpace(string(e.Type)+" "+string(e.Learner)))
	}
	return events
}

// verify fails the test if the store has lost a commit, or does not agree with its journal. It describes the courses if the test failed.
func (s *Service) verify() {
	ctx := context.WithoutCancel(s.tb.Context())
	var faults, courses strings.Builder
	s.store.mu.Lock() // a caller that the test has left behind may still commit
	defer s.store.mu.Unlock()
	for of, sequence := range s.store.committed {
		c, err := s.store.Course(ctx, of.Tenant, of.Course)
		if c.Sequence < sequence {
			fmt.Fprintf(&faults, "the store has lost a commit: %s has %d changes of %d (%v)\n", of.Course, c.Sequence, sequence, err)
		}
		report, err := s.VerifyJournal(ctx, ports.Actor{Tenant: of.Tenant, Subject: Staff.Subject, Role: ports.Staff}, of.Course)
		if err != nil || len(report.Differences) > 0 {
			fmt.Fprintf(&faults, "the journal does not agree with what is stored: %v, %v\n", report.Differences, err)
		}
		waiting, _ := s.store.Standings(ctx, of.Tenant, of.Course, ports.StandingPage{Status: domain.Waitlisted, Limit: 10})
		fmt.Fprintf(&courses, "%s of %s: capacity %d, %d enrolled, %d on the waitlist:", of.Course, of.Tenant, c.Capacity, c.SeatsTaken, c.WaitlistLength)
		for _, w := range waiting {
			fmt.Fprintf(&courses, " %s", w.Learner)
		}
		fmt.Fprintf(&courses, "\n  last of %d events: %s\n", c.Sequence, strings.Join(s.store.events(ctx, of, c.Sequence-10), ", "))
	}
	if s.tb.Failed() {
		s.tb.Errorf("%s%s", &faults, &courses)
	} else if faults.Len() > 0 {
		s.tb.Fatalf("%s%s", &faults, &courses) // in a cleanup, Errorf of a rapid.T fails the next attempt
	}
}
