// Package membus is a bus in memory: a [ports.Publisher] and a [ports.Queue] for tests, for teaching, and for embedding without a
// broker. It keeps every message and every answer in memory for as long as it exists, and nothing on disk.
package membus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var (
	_ ports.Publisher = (*Bus)(nil)
	_ ports.Queue     = (*Bus)(nil)
)

// A Bus is made by [New] and safe for concurrent use.
type Bus struct {
	mu         sync.Mutex
	published  []ports.Message
	answers    []Answer
	sent       int // commands so far; their IDs are derived from it
	partitions [ports.Partitions]partition

	changed *sync.Cond // on mu: a worker may have work, or Events a message
	workers []*worker  // active, in the order in which they joined
}

// An Answer is a command that is done, with its reply.
type Answer struct {
	ports.QueuedCommand
	Reply ports.Reply
}

// New returns an empty bus.
func New() *Bus {
	b := &Bus{}
	b.changed = sync.NewCond(&b.mu)
	return b
}

// Publish implements [ports.Publisher].
func (b *Bus) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	if ctx.Err() != nil {
		return 0, canceled(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, messages...)
	b.changed.Broadcast()
	return len(messages), nil
}

// Published returns all messages that were published, in order.
func (b *Bus) Published() []ports.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.published)
}

// Events yields the messages that were published, and waits for further ones until ctx ends. Call it again after [Bus.PurgeEvents].
func (b *Bus) Events(ctx context.Context) iter.Seq[ports.Message] {
	return func(yield func(ports.Message) bool) {
		defer context.AfterFunc(ctx, b.wake)()
		for n := 0; ; n++ {
			if m, ok := b.event(ctx, n); !ok || !yield(m) {
				return
			}
		}
	}
}

// event waits for message n until ctx ends.
func (b *Bus) event(ctx context.Context, n int) (m ports.Message, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ; ctx.Err() == nil; b.changed.Wait() {
		if n < len(b.published) {
			return b.published[n], true
		}
	}
	return m, false
}

func (b *Bus) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed.Broadcast()
}

// Latest implements [ports.Publisher].
func (b *Bus) Latest(context.Context) (ports.EventRef, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.published) == 0 {
		return ports.EventRef{}, nil
	}
	return b.published[len(b.published)-1].Ref(), nil
}

// Holds implements [ports.Publisher].
func (b *Bus) Holds(_ context.Context, event ports.EventRef) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range slices.Backward(b.published) {
		if m.Ref().CourseRef == event.CourseRef {
			return m.Sequence > event.Sequence || m.Sequence == event.Sequence && m.ID == event.ID, nil
		}
	}
	return false, nil
}

// PurgeEvents removes all published messages.
func (b *Bus) PurgeEvents() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = nil
}

// Send implements [ports.Queue].
func (b *Bus) Send(ctx context.Context, commands []ports.Command) (int, error) {
	for i, c := range commands {
		if ctx.Err() != nil {
			return i, canceled(ctx)
		}
		if err := validate(c); err != nil {
			return i, fmt.Errorf("membus: command %d: %w", i+1, err)
		}
		b.send(c)
	}
	return len(commands), nil
}

func validate(c ports.Command) error {
	if n := len(c.Actions); n < 1 || n > ports.MaxActions || n > 1 && !c.AllOrNothing {
		return &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be one, or up to %d that are all or nothing, got %d", ports.MaxActions, n)}
	}
	for _, a := range c.Actions {
		if len(a.Learners()) == 0 {
			return &domain.Violation{Field: "action", Detail: "must be enroll or withdraw: the queue does not change courses"}
		}
		if err := a.Validate(); err != nil {
			return err
		}
	}
	return c.By.Tenant.Validate()
}

func (b *Bus) send(c ports.Command) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent++
	id := fmt.Sprint("command-", b.sent)
	if c.Key == "" {
		c.Key = id
	}
	c.Actions = slices.Clone(c.Actions)
	c.By = ports.Actor{Tenant: c.By.Tenant, Subject: "queue", Role: ports.Staff}
	var body []byte
	for _, a := range c.Actions {
		body = fmt.Appendf(body, "%T%+v", a, a)
	}
	p := &b.partitions[ports.PartitionOf(c.Actions[0].CourseID())]
	p.waiting = append(p.waiting, ports.QueuedCommand{Tenant: c.By.Tenant, ID: id, Body: body, Command: c})
	b.changed.Broadcast()
}

// Replies returns the answers to all commands that are done, in the order in which they were done.
func (b *Bus) Replies() []Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.answers)
}

func canceled(ctx context.Context) error {
	return fmt.Errorf("membus: %w: %w", ports.ErrUnavailable, context.Cause(ctx))
}
