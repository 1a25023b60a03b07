package importer_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var by = ports.Actor{Tenant: "default", Subject: "cli:ada", Role: ports.Staff}

// A core is a fake of the core: it decides by the rules, in memory, and saves replies by key. It fails on request.
type core struct {
	rosters  map[domain.CourseID]*domain.Roster
	replies  map[string][]ports.Outcome
	commands []ports.Command         // all that were submitted
	fail     func(command int) error // gets the number of commands before this one; nil: never fails
	forget   bool                    // saves nothing, for the test of memory
}

// newCore has three courses: full-1 with one seat and no waitlist, wait-1 with one seat, and closed.
func newCore(t testing.TB) *core {
	c := &core{rosters: map[domain.CourseID]*domain.Roster{}, replies: map[string][]ports.Outcome{}}
	c.put(t, "full-1", domain.Settings{Title: new("F"), Capacity: new(1), WaitlistEnabled: new(false)})
	c.put(t, "wait-1", domain.Settings{Title: new("W"), Capacity: new(1)})
	c.put(t, "closed", domain.Settings{Title: new("C"), Capacity: new(1), Open: new(false)})
	return c
}

func (c *core) put(t testing.TB, id domain.CourseID, s domain.Settings) {
	if _, err := c.roster(id).Put(s, time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func (c *core) roster(id domain.CourseID) *domain.Roster {
	if c.rosters[id] == nil {
		c.rosters[id] = domain.NewRoster(domain.Course{ID: id}, nil, nil)
	}
	return c.rosters[id]
}

func (c *core) Submit(_ context.Context, commands ...ports.Command) (replies []ports.Reply) {
	for _, command := range commands {
		replies = append(replies, c.reply(command))
	}
	return replies
}

func (c *core) reply(command ports.Command) ports.Reply {
	n := len(c.commands)
	if !c.forget {
		c.commands = append(c.commands, command)
	}
	if c.fail != nil {
		if err := c.fail(n); err != nil {
			return ports.Reply{Err: err}
		}
	}
	if outcomes, ok := c.replies[command.Key]; ok && command.Key != "" {
		return ports.Reply{Outcomes: outcomes, Replayed: true}
	}
	if err := admit(command); err != nil {
		return ports.Reply{Err: err}
	}
	outcomes := make([]ports.Outcome, len(command.Actions))
	if !c.forget {
		for i, a := range command.Actions {
			outcomes[i] = c.outcome(a)
		}
		c.replies[command.Key] = outcomes
	}
	return ports.Reply{Outcomes: outcomes}
}

// admit refuses what the real core refuses: an importer must not submit a row that makes its whole chunk fail.
func admit(command ports.Command) error {
	if n := len(command.Actions); n == 0 || n > ports.MaxActions {
		return fmt.Errorf("%w: %d actions", domain.ErrInvalidArgument, n)
	}
	for _, a := range command.Actions {
		if err := a.CourseID().Validate(); err != nil {
			return err
		}
		var err error
		switch a := a.(type) {
		case ports.Enroll:
			err = a.Learner.Validate()
		case ports.Withdraw:
			err = a.Learner.Validate()
		case ports.PutCourse:
			err = a.Settings.Validate()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *core) outcome(a ports.Action) (o ports.Outcome) {
	var d domain.Decision
	var err error
	r := c.roster(a.CourseID())
	switch a := a.(type) {
	case ports.Enroll:
		d, err = r.Enroll(a.Learner, "e", time.Time{})
	case ports.Withdraw:
		d, err = r.Withdraw(a.Learner, time.Time{})
	case ports.PutCourse:
		o.Created = !r.Course.Exists()
		d, err = r.Put(a.Settings, time.Time{})
		o.Created, o.Course = o.Created && err == nil, r.Course
	}
	if err != nil {
		o.Refused = ports.KindOf(err)
	}
	o.Standing, o.Position = d.Standing, d.Position
	for _, e := range d.Events {
		if e.Type == domain.LearnerPromoted {
			o.Promoted = append(o.Promoted, e.Standing())
		}
	}
	return o
}
