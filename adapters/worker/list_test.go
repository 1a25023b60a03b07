package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// list returns the n-th command of the queue as a list of actions.
func list(n, actions int) ports.QueuedCommand {
	c := queuedCommand("default", n)
	c.Command.AllOrNothing = true
	for i := range actions - 1 {
		c.Command.Actions = append(c.Command.Actions, ports.Enroll{Course: domain.CourseID(fmt.Sprint("c", i)), Learner: "l"})
	}
	return c
}

// A command of many actions may fill a transaction alone. A later command on its course does not overtake it when it fails.
func TestOrderOfListsHoldsAcrossTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(submit int, _ ports.Command) error {
			if submit%2 == 0 {
				return ports.ErrInternal
			}
			return nil
		}
		var all []ports.QueuedCommand
		for i, actions := range []int{1, 1024, 1, 512, 512, 1, 600, 600, 1023, 1, 1, 1500} {
			all = append(all, list(i, actions))
		}
		if _, err := newWorker(c).Handle(t.Context(), all); err != nil || c.order() != names(all) {
			t.Errorf("%v, done %s", err, c.order())
		}
		for i, submitted := range c.submits {
			actions := 0
			for _, command := range submitted {
				actions += len(command.Actions)
			}
			if actions > ports.MaxActions && len(submitted) > 1 {
				t.Errorf("submit %d has %d actions in %d commands", i, actions, len(submitted))
			}
		}
	})
}

// A service replies the same to everything, and stores dead letters.
type answering struct {
	*core
	reply ports.Reply
}

func (s answering) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	return slices.Repeat([]ports.Reply{s.reply}, len(commands))
}

// The refusal of any action decides what becomes of a list, and the dead letter names the action.
func TestRefusedLists(t *testing.T) {
	t.Parallel()
	for kind, dead := range map[domain.Kind]bool{"": false, domain.ErrCourseFull: false, domain.ErrEnrollmentMismatch: false, domain.ErrCourseNotFound: true} {
		s := answering{newCore(), ports.Reply{Outcomes: []ports.Outcome{{}, {Refused: kind}}}}
		replies, err := worker.New(s, s, quiet).Handle(t.Context(), []ports.QueuedCommand{list(1, 3)})
		if err != nil || len(replies) != 1 || len(replies[0].Outcomes) != 2 || replies[0].Outcomes[1].Refused != kind {
			t.Fatalf("%s: %+v, %v", kind, replies, err)
		}
		d, ok := s.dead["default"]["id-default-1"]
		if ok != dead || dead && (d.Reason != kind || d.Detail != "action 2: course_not_found") {
			t.Errorf("%s: stored %+v", kind, d)
		}
		if !dead {
			continue
		}
		var repaired []worker.Repaired
		err = worker.Repair(t.Context(), s, operator, func(domain.TenantID, []byte) (ports.Command, error) { return list(1, 3).Command, nil }, false,
			func(r worker.Repaired) error { repaired = append(repaired, r); return nil })
		if err != nil || len(repaired) != 1 || repaired[0].Outcome != string(kind) || !errors.Is(repaired[0].Err, kind) ||
			s.dead["default"]["id-default-1"].Detail != d.Detail {
			t.Errorf("repaired %+v, %v", repaired, err)
		}
	}
}
