package application

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"example.com/roster/ports"
)

// Submit implements [ports.Commands] with a [Batcher] of its own: the commands of this call share transactions, on the
// caller's goroutine and context. A batch of one tenant has as many commands as fit into [ports.MaxActions].
func (s *Service) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	own := s.batchers.Get().(*Batcher)
	replies := own.Submit(ctx, commands...)
	s.batchers.Put(own) // not deferred: after a panic it may still hold commands
	return replies
}

// A call is one Submit: its admitted commands, and the replies to all of them.
type call struct {
	ctx        context.Context
	pending    []pending
	replies    []ports.Reply
	unanswered int
	done       chan struct{}            // closed when no command is unanswered; nil if the caller does not wait
	abandoned  bool                     // the caller has returned: replies must not change any more
	failed     map[ports.CourseRef]bool // courses on which a command was unavailable: later ones on them are, too
	onePending [1]pending               // this and oneReply hold pending and replies if there is one command
	oneReply   [1]ports.Reply
}

// A pending is one admitted command of a call, until it is answered.
type pending struct {
	*ports.Command
	call   *call
	reply  *ports.Reply // in call.replies
	result ports.Reply  // becomes the reply when the command is answered
}

// courses yields the course of each action.
func (p *pending) courses() iter.Seq[ports.CourseRef] {
	return func(yield func(ports.CourseRef) bool) {
		for _, a := range p.Actions {
			if !yield(ports.CourseRef{Tenant: p.By.Tenant, Course: a.CourseID()}) {
				return
			}
		}
	}
}

// names reports whether an action of the command is on a course for which in returns true.
func (p *pending) names(in func(ports.CourseRef) bool) bool {
	return slices.ContainsFunc(p.Actions, func(a ports.Action) bool { return in(ports.CourseRef{Tenant: p.By.Tenant, Course: a.CourseID()}) })
}

func newCall(ctx context.Context, commands int) *call {
	c := &call{ctx: ctx}
	if c.pending, c.replies = c.onePending[:0], c.oneReply[:]; commands != 1 {
		c.pending, c.replies = make([]pending, 0, commands), make([]ports.Reply, commands)
	}
	return c
}

// admitted returns a call of the commands. One that is not admitted is answered, the others are pending.
func (s *Service) admitted(ctx context.Context, commands []ports.Command) *call {
	c := newCall(ctx, len(commands))
	for i := range commands {
		command := &commands[i]
		if err := admit(command); err != nil {
			c.replies[i].Err = err
			continue
		}
		if command.Correlation == "" {
			command = new(*command)
			command.Correlation = s.ids.New()
		}
		c.add(command, &c.replies[i])
	}
	return c
}

// add must not be called more often than the call was made for, because commands are pointed to.
func (c *call) add(command *ports.Command, reply *ports.Reply) {
	c.pending = append(c.pending, pending{Command: command, call: c, reply: reply})
	c.unanswered++
}

// failure returns what a failed transaction means for a caller. A caller whose context has ended cannot know whether its
// command still runs; under the same key it gets the reply.
func failure(ctx context.Context, key string, err error) error {
	if key != "" && ctx.Err() != nil && errors.Is(err, ports.ErrUnavailable) {
		return fmt.Errorf("submit: %w: %w", ports.ErrInProgress, ctx.Err())
	}
	return fmt.Errorf("submit: %w", err)
}
