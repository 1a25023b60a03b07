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
	c, batch := newCore(), queuedCommands("default", 5)
	unreadable := fmt.Errorf("%w: body is no JSON", domain.ErrInvalidArgument)
	batch[1] = ports.QueuedCommand{
		Tenant: "default", ID: "m-1", Body: []byte("{\xff"), Attempts: 2,
		Command: ports.Command{By: queue, Key: "m-1"}, Unreadable: unreadable,
	}
	batch[3].Tenant, batch[3].Command.By.Tenant = "no tenant", "no tenant"
	replies, err := newWorker(c).Handle(t.Context(), batch)
	if err != nil || c.order() != "default-0 default-2 default-4" || c.puts != 2 || len(c.submits) != 1 {
		t.Fatalf("%v, done %s, %d calls of PutDeadLetters, %d submits", err, c.order(), c.puts, len(c.submits))
	}
	if !errors.Is(replies[1].Err, unreadable) || !errors.Is(replies[3].Err, domain.ErrInvalidArgument) {
		t.Errorf("the replies are %+v", replies)
	}
	one, other := c.dead["default"]["m-1"], c.dead["_"]["id-default-3"]
	if one.Reason != domain.ErrInvalidArgument || one.Learner != "" || string(one.Body) != "{\xff" || one.Attempts != 2 ||
		one.By != queue {
		t.Errorf("stored %+v", one)
	}
	if other.By.Tenant != "_" || !strings.Contains(other.Detail, `"no tenant"`) || other.Learner != "default-3" || other.Attempts != 1 {
		t.Errorf("stored %+v", other)
	}
}

func TestDeadLettersKeepTheOrderOfTheQueue(t *testing.T) {
	t.Parallel()
	c, batch := newCore(), queuedCommands("default", 20)
	c.refuse = func(ports.Command) domain.Kind { return domain.ErrCourseNotFound }
	if _, err := newWorker(c).Handle(t.Context(), batch); err != nil || c.puts != 1 {
		t.Fatalf("%v, %d calls of PutDeadLetters", err, c.puts)
	}
	for i := 1; i < len(batch); i++ {
		if before, after := c.dead["default"][batch[i-1].ID], c.dead["default"][batch[i].ID]; !before.At.Before(after.At) {
			t.Errorf("%s is at %s, and %s after it at %s", before.ID, before.At, after.ID, after.At)
		}
	}
}

func TestBatchIsReturnedIfDeadLettersCannotBeStored(t *testing.T) {
	t.Parallel()
	c, batch := newCore(), queuedCommands("default", 3)
	c.refuse = func(command ports.Command) domain.Kind {
		if command.Key == batch[1].Command.Key {
			return domain.ErrCourseNotFound
		}
		return ""
	}
	c.putErr = errUnavailable
	w := newWorker(c)
	if replies, err := w.Handle(t.Context(), batch); !errors.Is(err, ports.ErrUnavailable) || replies != nil {
		t.Errorf("%v, %v", replies, err)
	}
	c.putErr, batch[1].Attempts = nil, 2
	replies, err := w.Handle(t.Context(), batch)
	if err != nil || len(c.done) != 2 || len(c.dead["default"]) != 1 || c.dead["default"][batch[1].ID].Attempts != 2 {
		t.Errorf("the second time: %v, %v, done %s, dead letters %v", replies, err, c.order(), c.dead)
	}
}

// Whatever a sender writes, its dead letter can be stored. Otherwise its batch would be redelivered for ever.
func TestDeadLettersAreAlwaysValid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ports.QueuedCommand){
		"a long id":        func(c *ports.QueuedCommand) { c.ID = strings.Repeat("x", 5000) },
		"no id":            func(c *ports.QueuedCommand) { c.ID = "" },
		"an id with a NUL": func(c *ports.QueuedCommand) { c.ID = "a\x00b" },
		"a key with a NUL": func(c *ports.QueuedCommand) { c.Command.Key = "a\x00b" },
		"a key: not UTF-8": func(c *ports.QueuedCommand) { c.Command.Key = "a\xffb" },
		"a learner: NUL":   func(c *ports.QueuedCommand) { c.Command.Actions[0] = ports.Enroll{Course: "c", Learner: "\x00"} },
		"a long learner": func(c *ports.QueuedCommand) {
			c.Command.Actions[0] = ports.Withdraw{Course: "c", Learner: domain.LearnerID(strings.Repeat("x", 300))}
		},
		"a reason with a NUL": func(c *ports.QueuedCommand) { c.Unreadable = fmt.Errorf("%w: \x00\xff", domain.ErrInvalidArgument) },
		"a long reason": func(c *ports.QueuedCommand) {
			c.Unreadable = fmt.Errorf("%w: x%s", domain.ErrInvalidArgument, strings.Repeat("ä", 3000))
		},
		"a tenant: not UTF-8": func(c *ports.QueuedCommand) { c.Tenant = "\xff\x00" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, command := newCore(), queuedCommand("default", 1)
			change(&command)
			c.refuse = func(ports.Command) domain.Kind { return domain.ErrInvalidArgument }
			if _, err := newWorker(c).Handle(t.Context(), []ports.QueuedCommand{command}); err != nil || c.puts != 1 {
				t.Fatalf("%v, %d calls of PutDeadLetters", err, c.puts)
			}
			for _, dead := range c.dead {
				for _, d := range dead {
					requireValid(t, d)
				}
			}
		})
	}
}

func requireValid(t *testing.T, d ports.DeadLetter) {
	t.Helper()
	for _, text := range []struct {
		field, text string
		limit       int
	}{{"id", d.ID, 255}, {"key", d.Key, 512}, {"learner", string(d.Learner), 255}, {"detail", d.Detail, 1000}} {
		if text.text != "" && domain.ValidateText(text.field, text.text, text.limit) != nil {
			t.Errorf("%s is %.100q, %d bytes", text.field, text.text, len(text.text))
		}
	}
	if d.ID == "" || d.By.Tenant.Validate() != nil {
		t.Errorf("stored %+v", d)
	}
}
