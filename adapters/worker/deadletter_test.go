package worker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestUnreadableCommandsAreDeadLettered(t *testing.T) {
	t.Parallel()
	c, some := newCore(), letters("default", 5)
	unreadable := fmt.Errorf("%w: body is no JSON", domain.ErrInvalidArgument)
	some[1] = ports.QueuedCommand{
		Tenant: "default", ID: "m-1", Body: []byte("{\xff"), Attempts: 2,
		Command: ports.Command{By: queue, Key: "m-1"}, Unreadable: unreadable,
	}
	some[3].Tenant, some[3].Command.By.Tenant = "no tenant", "no tenant"
	replies, err := newWorker(c).Handle(t.Context(), some)
	if err != nil || c.order() != "default-0 default-2 default-4" || c.burials != 2 || len(c.submits) != 1 {
		t.Fatalf("%v, done %s, %d burials, %d submits", err, c.order(), c.burials, len(c.submits))
	}
	if !errors.Is(replies[1].Err, unreadable) || !errors.Is(replies[3].Err, domain.ErrInvalidArgument) {
		t.Errorf("the replies are %+v", replies)
	}
	one, other := c.dead["default"]["m-1"], c.dead["_"]["id-default-3"]
	if one.Reason != domain.ErrInvalidArgument || one.Learner != "" || string(one.Body) != "{\xff" || one.Attempts != 2 ||
		one.By != queue {
		t.Errorf("buried %+v", one)
	}
	if other.By.Tenant != "_" || !strings.Contains(other.Detail, `"no tenant"`) || other.Learner != "default-3" || other.Attempts != 1 {
		t.Errorf("buried %+v", other)
	}
}

func TestDeadLettersKeepTheOrderOfTheQueue(t *testing.T) {
	t.Parallel()
	c, some := newCore(), letters("default", 20)
	c.refuse = func(ports.Command) domain.Kind { return domain.ErrCourseNotFound }
	if _, err := newWorker(c).Handle(t.Context(), some); err != nil || c.burials != 1 {
		t.Fatalf("%v, %d burials", err, c.burials)
	}
	for i := 1; i < len(some); i++ {
		if before, after := c.dead["default"][some[i-1].ID], c.dead["default"][some[i].ID]; !before.At.Before(after.At) {
			t.Errorf("%s is of %s, and %s behind it of %s", before.ID, before.At, after.ID, after.At)
		}
	}
}

func TestBatchIsReturnedIfDeadLettersCannotBeStored(t *testing.T) {
	t.Parallel()
	c, some := newCore(), letters("default", 3)
	c.refuse = func(command ports.Command) domain.Kind {
		if command.Key == some[1].Command.Key {
			return domain.ErrCourseNotFound
		}
		return ""
	}
	c.buryErr = errAway
	w := newWorker(c)
	if replies, err := w.Handle(t.Context(), some); !errors.Is(err, ports.ErrUnavailable) || replies != nil {
		t.Errorf("%v, %v", replies, err)
	}
	c.buryErr, some[1].Attempts = nil, 2
	replies, err := w.Handle(t.Context(), some)
	if err != nil || len(c.did) != 2 || len(c.dead["default"]) != 1 || c.dead["default"][some[1].ID].Attempts != 2 {
		t.Errorf("the second time: %v, %v, done %s, buried %v", replies, err, c.order(), c.dead)
	}
}

// Whatever a sender writes, a dead letter can be kept: otherwise its batch would come again for ever.
func TestDeadLettersAreAlwaysValid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ports.QueuedCommand){
		"a long id":        func(l *ports.QueuedCommand) { l.ID = strings.Repeat("x", 5000) },
		"no id":            func(l *ports.QueuedCommand) { l.ID = "" },
		"an id with a NUL": func(l *ports.QueuedCommand) { l.ID = "a\x00b" },
		"a key with a NUL": func(l *ports.QueuedCommand) { l.Command.Key = "a\x00b" },
		"a key, not UTF-8": func(l *ports.QueuedCommand) { l.Command.Key = "a\xffb" },
		"a learner, NUL":   func(l *ports.QueuedCommand) { l.Command.Actions[0] = ports.Enroll{Course: "c", Learner: "\x00"} },
		"a learner, too long": func(l *ports.QueuedCommand) {
			l.Command.Actions[0] = ports.Withdraw{Course: "c", Learner: domain.LearnerID(strings.Repeat("x", 300))}
		},
		"a reason with a NUL": func(l *ports.QueuedCommand) { l.Unreadable = fmt.Errorf("%w: \x00\xff", domain.ErrInvalidArgument) },
		"a long reason": func(l *ports.QueuedCommand) {
			l.Unreadable = fmt.Errorf("%w: x%s", domain.ErrInvalidArgument, strings.Repeat("ä", 3000))
		},
		"a tenant, not UTF-8": func(l *ports.QueuedCommand) { l.Tenant = "\xff\x00" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, l := newCore(), letter("default", 1)
			change(&l)
			c.refuse = func(ports.Command) domain.Kind { return domain.ErrInvalidArgument }
			if _, err := newWorker(c).Handle(t.Context(), []ports.QueuedCommand{l}); err != nil || c.burials != 1 {
				t.Fatalf("%v, %d burials", err, c.burials)
			}
			for _, letters := range c.dead {
				for _, d := range letters {
					checkKept(t, d)
				}
			}
		})
	}
}

func checkKept(t *testing.T, d ports.DeadLetter) {
	t.Helper()
	for _, text := range []struct {
		field, text string
		most        int
	}{{"id", d.ID, 255}, {"key", d.Key, 512}, {"learner", string(d.Learner), 255}, {"detail", d.Detail, 1000}} {
		if text.text != "" && domain.ValidateText(text.field, text.text, text.most) != nil {
			t.Errorf("%s is %.100q, %d bytes", text.field, text.text, len(text.text))
		}
	}
	if d.ID == "" || d.By.Tenant.Validate() != nil {
		t.Errorf("buried %+v", d)
	}
}
