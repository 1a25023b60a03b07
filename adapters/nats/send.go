package nats

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// window is how many commands a sender has under way at most.
const maxInFlight = 512

// Send implements [ports.Queue].
//
// No command is sent while another on its course is under way, so none comes before one that was lost. Commands on other
// courses don't wait for it, and neither do other senders.
func (b *Bus) Send(ctx context.Context, commands []ports.Command) (done int, err error) {
	messages, wrong := commandMessages(commands)
	there := false // the stream, since something went wrong
	for done < len(messages) && err == nil {
		err = b.retry(ctx, func(ctx context.Context) error {
			if !there {
				if _, err := b.stream(ctx, commandStream); err != nil {
					return err
				}
			}
			acks, err := b.deliver(ctx, inFlight(commands[done:len(messages)]), func(i int) *nats.Msg { return messages[done+i] })
			done, there = done+len(acks), err == nil
			return err
		})
	}
	if done == len(messages) {
		return done, wrong
	}
	return done, err
}

// together returns how many of the first commands may be under way at once: no two on one course.
func inFlight(commands []ports.Command) int {
	busy := make(map[ports.CourseRef]bool)
	for i, c := range commands[:min(len(commands), maxInFlight)] {
		on := ports.CourseRef{Tenant: c.By.Tenant, Course: c.Actions[0].CourseID()}
		if busy[on] {
			return i
		}
		busy[on] = true
	}
	return len(busy)
}

// commandMessages returns messages for the first commands: for all, or for those before the first that can't be sent.
func commandMessages(commands []ports.Command) (messages []*nats.Msg, wrong error) {
	for i, c := range commands {
		m, err := commandMessage(c)
		if err != nil {
			return messages, fmt.Errorf("nats: command %d: %w", i+1, err)
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// commandMessage returns the message for a command, under an id of its own: the same one however often it is sent.
func commandMessage(c ports.Command) (*nats.Msg, error) {
	if len(c.Actions) != 1 {
		return nil, fmt.Errorf("%w: a message has one action, not %d", domain.ErrInvalidArgument, len(c.Actions))
	}
	body := command{Key: c.Key, CorrelationID: c.Correlation}
	if err := body.setAction(c.Actions[0]); err != nil {
		return nil, err
	}
	if err := c.By.Tenant.Validate(); err != nil {
		return nil, err
	}
	m := &nats.Msg{
		Subject: partitionSubject(string(c.By.Tenant), partitionOf(domain.CourseID(body.CourseID))),
		Header:  nats.Header{jetstream.MsgIDHeader: {rand.Text()}, contentType: {"application/json"}},
		Data:    encode(body),
	}
	if validTrace(c.Trace) {
		m.Header[traceparent] = []string{c.Trace}
	}
	return m, nil
}

func partitionOf(id domain.CourseID) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id)) // a hash takes everything
	return int(sum.Sum32() % ports.Partitions)
}

func partitionSubject(tenant string, partition int) string {
	return fmt.Sprintf("roster.commands.%s.%d", tenant, partition)
}
