// Package servicetest is a kit for tests of code that calls the service. [New] returns a service in memory, with a clock that
// the test moves and ids that it can predict. Scripts are commands in the notation of docs/rules.md, separated by semicolons.
//
// The kit fails a test at its end if the store has lost a commit, or if the journal does not agree with what is stored. If the
// test has failed, for any reason, the kit logs each course that has changed, with its waitlist and last events.
package servicetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/domain/domaintest"
	"example.com/roster/ports"
)

// Course is the course of scripts, unless [Service.On] names another.
const Course = domain.CourseID("go-101")

// Staff is the actor of scripts.
var Staff = ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}

// TB is what the kit uses of a [testing.TB]. A rapid.T has these methods, too.
type TB interface {
	Helper()
	Context() context.Context
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
}

// A Service is a service for one test. It is safe for concurrent use.
type Service struct {
	*application.Service
	Clock  *Clock // of the service
	tb     TB
	store  *store
	course domain.CourseID
}

// New returns a service on an empty store in memory. Its ids are e-1, e-2 and so on. An option replaces a part of the kit.
func New(tb TB, options ...application.Option) *Service { return NewOn(tb, memstore.New(), options...) }

// NewOn is [New] on a store of the test. A store that takes only UUIDs needs an [application.WithIDs].
func NewOn(tb TB, on ports.Store, options ...application.Option) *Service {
	clock, kit := new(Clock), &store{on, make(chan func() error, 1000), sync.Mutex{}, make(map[ports.CourseRef]int64)}
	maintenance, _ := on.(ports.MaintenanceStore)
	erasure, _ := on.(ports.ErasureStore)
	deadLetters, _ := on.(ports.DeadLetterStore)
	options = append([]application.Option{application.WithClock(clock), application.WithIDs(new(ids)),
		application.WithMaintenance(maintenance), application.WithErasure(erasure), application.WithDeadLetters(deadLetters)}, options...)
	s := &Service{application.New(kit, options...), clock, tb, kit, Course}
	tb.Cleanup(s.verify)
	return s
}

// On returns the same service, with scripts and events of another course.
func (s *Service) On(course domain.CourseID) *Service {
	return &Service{s.Service, s.Clock, s.tb, s.store, course}
}

// Actions returns the commands of a script as actions on the course.
func (s *Service) Actions(script string) (actions []ports.Action) {
	s.tb.Helper()
	_, missing := s.store.Course(s.tb.Context(), Staff.Tenant, s.course)
	for text := range strings.SplitSeq(script, ";") {
		switch command, err := domaintest.Parse(text, missing == nil); command.Verb {
		case "enroll":
			actions = append(actions, ports.Enroll{Course: s.course, Learner: command.Learner, SeatOnly: command.SeatOnly})
		case "withdraw":
			actions = append(actions, ports.Withdraw{Course: s.course, Learner: command.Learner, Enrollment: command.Enrollment})
		case "put":
			actions, missing = append(actions, ports.PutCourse{Course: s.course, Settings: command.Settings}), nil
		case "rename":
			s.tb.Fatalf("script %q: a rename is of all courses: call Rename", script)
		default:
			s.tb.Fatalf("script %q: %v", script, err)
		}
	}
	return actions
}

// When submits a script as one command, and returns the reply. Refusals are in the outcomes.
func (s *Service) When(script string) ports.Reply {
	s.tb.Helper()
	return s.Submit(s.tb.Context(), ports.Command{By: Staff, Actions: s.Actions(script)})[0]
}

// Given submits a script as one command, and returns the outcomes. It fails the test if a rule refuses one, or there are none.
func (s *Service) Given(script string) []ports.Outcome {
	s.tb.Helper()
	reply := s.When(script)
	for i, o := range reply.Outcomes {
		if o.Refused != "" {
			s.tb.Fatalf("given %q: command %d: %v", script, i+1, o.Refused)
		}
	}
	if reply.Err != nil {
		s.tb.Fatalf("given %q: %v", script, reply.Err)
	}
	return reply.Outcomes
}

// Events returns the journal of the course in the notation of docs/rules.md: "course.opened", "learner.enrolled ada".
func (s *Service) Events() []string {
	return s.store.events(s.tb.Context(), ports.CourseRef{Tenant: Staff.Tenant, Course: s.course}, 0)
}

// FailNextCommit makes the next commit fail with [ports.ErrUnavailable]. Each commit meets at most one failure or conflict.
func (s *Service) FailNextCommit() {
	s.store.failures <- func() error { return fmt.Errorf("%w: FailNextCommit", ports.ErrUnavailable) }
}

// Conflict makes the next commit meet a conflict: the decision is dropped, meanwhile may submit what another process commits
// first, and Update decides again on what is stored then.
func (s *Service) Conflict(meanwhile func()) {
	s.store.failures <- func() error { meanwhile(); return nil }
}

// Together makes n calls at once, with the numbers 0 to n-1, and returns the results in that order.
func Together[R any](n int, call func(int) R) []R {
	results, begin := make([]R, n), make(chan struct{})
	var ready, running sync.WaitGroup
	ready.Add(n)
	for i := range n {
		running.Go(func() { ready.Done(); <-begin; results[i] = call(i) })
	}
	ready.Wait()
	close(begin)
	running.Wait()
	return results
}

// A Clock stands still until the test moves it. It begins at 9 o'clock (UTC) on 1 September 2026, and is safe for concurrent use.
type Clock struct{ passed atomic.Int64 }

// Now implements [ports.Clock].
func (c *Clock) Now() time.Time {
	return time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.passed.Add(int64(d)) }

// ids implements [ports.IDs].
type ids struct{ made atomic.Int64 }

func (i *ids) New() string { return fmt.Sprint("e-", i.made.Add(1)) }
