package servicetest

import (
	"context"
	"errors"
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
		select {
		case failure = <-s.failures:
		default:
		}
		var changes ports.Changes
		err := s.Store.Update(ctx, need, func(l ports.Loaded) (_ ports.Changes, err error) {
			if more := l.More; more != nil {
				l.More = func(larger ports.Need) (ports.Loaded, error) { need = larger; return more(larger) }
			}
			if changes, err = decide(l); err == nil && failure != nil {
				err = dropped
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

// verify reports a lost commit and a journal that does not agree with what is stored. It describes the courses if the test failed.
func (s *Service) verify() {
	ctx := context.WithoutCancel(s.tb.Context())
	for of, sequence := range s.store.committed {
		c, err := s.store.Course(ctx, of.Tenant, of.Course)
		if c.Sequence < sequence {
			s.tb.Errorf("%s: the last change is %d, but %d was committed (%v)", of, c.Sequence, sequence, err)
		}
		report, err := s.VerifyJournal(ctx, ports.Actor{Tenant: of.Tenant, Subject: Staff.Subject, Role: ports.Staff}, of.Course)
		if err != nil || len(report.Differences) > 0 {
			s.tb.Errorf("%s: the journal does not agree with what is stored: %v, %v", of, report.Differences, err)
		}
	}
	if !s.tb.Failed() {
		return
	}
	for of := range s.store.committed {
		c, _ := s.store.Course(ctx, of.Tenant, of.Course)
		waiting, _ := s.store.Standings(ctx, of.Tenant, of.Course, ports.StandingPage{Status: domain.Waitlisted, Limit: 10})
		var waitlist []domain.LearnerID
		for _, w := range waiting {
			waitlist = append(waitlist, w.Learner)
		}
		s.tb.Errorf("course %s of %s: capacity %d, %d enrolled, %d on the waitlist: %v\n  last of %d events: %s", of.Course, of.Tenant, c.Capacity,
			c.SeatsTaken, c.WaitlistLength, waitlist, c.Sequence, strings.Join(s.store.events(ctx, of, c.Sequence-10), ", "))
	}
}
