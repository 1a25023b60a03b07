package nats

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

// maxInFlight is how many unacknowledged commands a sender has at most.
const maxInFlight = 512

// Send implements [ports.Queue].
//
// Of each course one command is in flight at a time, so none is stored before one that was lost. Commands on other courses and
// other senders do not wait for it. A list of actions counts as a command on the course of its first action.
//
// A command that the broker drops as a duplicate is stored only if this call has sent it before. Otherwise the error is
// [ports.ErrUnavailable]; a command that is sent again has a new id.
func (b *Bus) Send(ctx context.Context, commands []ports.Command) (done int, err error) {
	messages, invalid := commandMessages(commands)
	streamExists := false // is checked again after each failure
	tried := 0            // so many of the messages were sent, at least once
	done, err = sendAll(ctx, len(messages), func(ctx context.Context, done int) (int, error) {
		if !streamExists {
			if _, err := b.stream(ctx, commandStream); err != nil {
				return 0, err
			}
		}
		n := distinctCourses(commands[done:len(messages)])
		acks, err := b.deliver(ctx, commandStream, n, func(i int) *nats.Msg { return messages[done+i] })
		for i, ack := range acks {
			if ack.Duplicate && done+i >= tried {
				acks, err = acks[:i], fmt.Errorf("nats: command %d: %w: %w", done+i+1, ports.ErrUnavailable, errDuplicate)
				break
			}
		}
		streamExists, tried = err == nil, max(tried, done+n)
		return len(acks), err
	})
	return done, cmp.Or(err, invalid)
}

// distinctCourses returns how many of the first commands may be in flight together: no two on one course.
func distinctCourses(commands []ports.Command) int {
	seen := make(map[ports.CourseRef]bool)
	for i, c := range commands[:min(len(commands), maxInFlight)] {
		ref := ports.CourseRef{Tenant: c.By.Tenant, Course: c.Actions[0].CourseID()}
		if seen[ref] {
			return i
		}
		seen[ref] = true
	}
	return len(seen)
}

// commandMessages returns messages for the commands before the first invalid one, and what is wrong with that.
func commandMessages(commands []ports.Command) (messages []*nats.Msg, invalid error) {
	for i, c := range commands {
		m, err := commandMessage(c)
		if err != nil {
			return messages, fmt.Errorf("nats: command %d: %w", i+1, err)
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// commandMessage returns the message for a command. Its new id stays the same in every retry.
func commandMessage(c ports.Command) (*nats.Msg, error) {
	body, err := commandOf(c)
	if err != nil {
		return nil, err
	}
	if err := c.By.Tenant.Validate(); err != nil {
		return nil, err
	}
	m := &nats.Msg{
		Subject: partitionSubject(string(c.By.Tenant), ports.PartitionOf(c.Actions[0].CourseID())),
		Header:  nats.Header{jetstream.MsgIDHeader: {rand.Text()}, contentType: {"application/json"}},
		Data:    encode(body),
	}
	if trace := validTrace(c.Trace); trace != "" {
		m.Header.Set(traceparent, trace)
	}
	return m, nil
}

func partitionSubject(tenant string, partition int) string {
	return fmt.Sprintf("roster.commands.%s.%d", tenant, partition)
}
