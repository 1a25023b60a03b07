package importer_test

import (
	"context"
	"sync"
	"testing"

	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

var by = ports.Actor{Tenant: "default", Subject: "cli:ada", Role: ports.Staff}

// A core is the service in memory. It records the commands, and fails on request.
type core struct {
	*servicetest.Service
	mu       sync.Mutex
	commands []ports.Command         // all that were submitted
	fail     func(command int) error // gets the number of commands before this one; nil: never fails
}

// newCore has three courses: full-1 with one seat and no waitlist, wait-1 with one seat, and closed.
func newCore(t testing.TB) *core {
	c := &core{Service: servicetest.New(t)}
	c.On("full-1").Given("put title=F capacity=1 waitlist=false")
	c.On("wait-1").Given("put title=W capacity=1")
	c.On("closed").Given("put title=C capacity=1 open=false")
	return c
}

// Submit implements [ports.Commands].
func (c *core) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.commands)
	c.commands = append(c.commands, commands...)
	if c.fail != nil {
		if err := c.fail(n); err != nil {
			return []ports.Reply{{Err: err}}
		}
	}
	return c.Service.Submit(ctx, commands...)
}

// stateless is a core that saves nothing. It has wait-1 with a seat for all, and full-1. A fuzzer runs it five times as often as the
// service.
type stateless struct {
	anyCourse bool // it has all other courses, too, with a seat for all
}

func (s stateless) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	var r ports.Reply
	if n := len(commands[0].Actions); n == 0 || n > ports.MaxActions {
		return []ports.Reply{{Err: domain.ErrInvalidArgument}}
	}
	for _, a := range commands[0].Actions {
		if err := a.Validate(); err != nil { // an importer must not submit a row that makes its whole chunk fail
			return []ports.Reply{{Err: err}}
		}
		o := ports.Outcome{Standing: domain.Standing{Status: domain.Enrolled}}
		switch id := a.CourseID(); {
		case id == "wait-1" || s.anyCourse:
		case id == "full-1":
			o.Refused = domain.ErrCourseFull
		default:
			o.Refused = domain.ErrCourseNotFound
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return []ports.Reply{r}
}

// everything returns the courses and all standings.
func (c *core) everything(t testing.TB) (all []any) {
	t.Helper()
	courses, err := c.Courses(t.Context(), by, ports.CoursePage{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, course := range courses {
		standings, err := c.Standings(t.Context(), by, course.ID, ports.StandingPage{Limit: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, course, standings)
	}
	return all
}
