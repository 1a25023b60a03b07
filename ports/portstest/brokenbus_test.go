package portstest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/roster/adapters/membus"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A bus is what a case needs of one, in one process.
type bus interface {
	ports.Publisher
	ports.Queue
	Published() []ports.Message
	Replies() []membus.Answer
}

func openBus(open func() bus) portstest.OpenBus {
	return func(testing.TB) portstest.Bus {
		b := open()
		return portstest.Bus{
			Publisher: b,
			Queue:     b,
			Join:      func(testing.TB) ports.Queue { return b },
			Published: func(testing.TB) []ports.Message { return b.Published() },
			Replied: func(testing.TB) (keys []string) {
				for _, a := range b.Replies() {
					keys = append(keys, a.Command.Key)
				}
				return keys
			},
		}
	}
}

type (
	handle = func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)
	whole  = *membus.Bus
)

// Buses broken on purpose, each in ten streams or so and named after the outage that it would cause.

// eventLost loses the middle of a batch.
type eventLost struct{ whole }

func (b eventLost) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	if middle := len(messages) / 2; middle > 0 {
		_, err := b.whole.Publish(ctx, slices.Delete(slices.Clone(messages), middle, middle+1))
		return len(messages), err
	}
	return b.whole.Publish(ctx, messages)
}

// withdrawnBeforeEnrolled reorders within a course.
type withdrawnBeforeEnrolled struct{ whole }

func (b withdrawnBeforeEnrolled) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	slices.Reverse(messages)
	return b.whole.Publish(ctx, messages)
}

// toldPublishedButGone swallows errors of publishing.
type toldPublishedButGone struct{ whole }

func (b toldPublishedButGone) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	_, _ = b.whole.Publish(ctx, messages)
	return len(messages), nil
}

// lastBehindAHole goes on behind what did not arrive.
type lastBehindAHole struct{ whole }

func (b lastBehindAHole) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	n, err := b.whole.Publish(ctx, messages)
	if n < len(messages)-1 {
		_, _ = b.whole.Publish(context.WithoutCancel(ctx), messages[len(messages)-1:])
	}
	return n, err
}

// takenForSent takes a batch for published if its first message was.
type takenForSent struct{ whole }

func (b takenForSent) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	for _, m := range b.Published() {
		if len(messages) > 0 && m.ID == messages[0].ID {
			return len(messages), nil
		}
	}
	return b.whole.Publish(ctx, messages)
}

// nobodyKnowsFromWhere leaves a field out.
type nobodyKnowsFromWhere struct{ whole }

func (b nobodyKnowsFromWhere) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	for i := range messages {
		messages[i].From = ""
	}
	return b.whole.Publish(ctx, messages)
}

// anotherPerson writes ids as the broker likes them.
type anotherPerson struct{ whole }

func (b anotherPerson) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	for i, m := range messages {
		messages[i].Learner = domain.LearnerID(strings.ReplaceAll(string(m.Learner), ".", "_"))
	}
	return b.whole.Publish(ctx, messages)
}

// restOfABigBatch publishes no more than fits.
type restOfABigBatch struct{ whole }

func (b restOfABigBatch) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	_, err := b.whole.Publish(ctx, messages[:min(4096, len(messages))])
	return len(messages), err
}

// commandLost loses the middle of a batch.
type commandLost struct{ whole }

func (b commandLost) Send(ctx context.Context, commands []ports.Command) (int, error) {
	middle := len(commands) / 2
	_, err := b.whole.Send(ctx, slices.Delete(slices.Clone(commands), middle, middle+1))
	return len(commands), err
}

// withdrawsBeforeHeEnrolls sends what comes last first.
type withdrawsBeforeHeEnrolls struct{ whole }

func (b withdrawsBeforeHeEnrolls) Send(ctx context.Context, commands []ports.Command) (int, error) {
	commands = slices.Clone(commands)
	slices.Reverse(commands)
	return b.whole.Send(ctx, commands)
}

// sentTooMuch sends no more than fits.
type sentTooMuch struct{ whole }

func (b sentTooMuch) Send(ctx context.Context, commands []ports.Command) (int, error) {
	_, err := b.whole.Send(ctx, commands[:min(4096, len(commands))])
	return len(commands), err
}

// toldSentButGone swallows errors of sending.
type toldSentButGone struct{ whole }

func (b toldSentButGone) Send(ctx context.Context, commands []ports.Command) (int, error) {
	_, _ = b.whole.Send(ctx, commands)
	return len(commands), nil
}

// replyForgotten loses the reply to each tenth command.
type replyForgotten struct{ whole }

func (b replyForgotten) Replies() []membus.Answer {
	var sent []membus.Answer
	for i, a := range b.whole.Replies() {
		if i%10 != 9 {
			sent = append(sent, a)
		}
	}
	return sent
}

// lastReplyForgotten loses the last.
type lastReplyForgotten struct{ whole }

func (b lastReplyForgotten) Replies() []membus.Answer {
	sent := b.whole.Replies()
	return sent[:max(0, len(sent)-1)]
}

// A tampered bus is one between whose queue and handle somebody sits.
type tampered struct {
	whole
	tamper func(handle) handle
}

func (b tampered) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, b.tamper(handle))
}

// handed returns a bus that changes the queued.
func handed(change func(*ports.QueuedCommand)) func(whole) bus {
	return func(b whole) bus {
		return tampered{b, func(handle handle) handle {
			return func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
				queued = slices.Clone(queued)
				for i := range queued {
					change(&queued[i])
				}
				return handle(ctx, queued)
			}
		}}
	}
}

type end = func(context.Context, []ports.QueuedCommand, []ports.Reply, error) ([]ports.Reply, error)

// ended returns a bus that makes something else of how handle ended.
func ended(end end) func(whole) bus {
	return func(b whole) bus {
		return tampered{b, func(handle handle) handle {
			return func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
				replies, err := handle(ctx, queued)
				return end(ctx, queued, replies, err)
			}
		}}
	}
}

// noKey leaves it to others to give a key.
func noKey(l *ports.QueuedCommand) { l.Command.Key = strings.TrimPrefix(l.Command.Key, l.ID) }

// failedBatchDropped takes what failed for done.
func failedBatchDropped(_ context.Context, queued []ports.QueuedCommand, _ []ports.Reply, _ error) ([]ports.Reply, error) {
	return make([]ports.Reply, len(queued)), nil
}

// goneWithTheWorker takes for done what a worker holds who is to leave.
func goneWithTheWorker(ctx context.Context, queued []ports.QueuedCommand, replies []ports.Reply, err error) ([]ports.Reply, error) {
	if ctx.Err() != nil {
		return make([]ports.Reply, len(queued)), nil
	}
	return replies, err
}

// neverDone hands out for ever what is done.
func neverDone(context.Context, []ports.QueuedCommand, []ports.Reply, error) ([]ports.Reply, error) {
	return nil, ports.ErrUnavailable
}

// acknowledgedFirst takes what it has handed out for done.
type acknowledgedFirst struct{ whole }

func (b acknowledgedFirst) Work(ctx context.Context, handle handle) error {
	var handles sync.WaitGroup
	defer handles.Wait()
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		handles.Go(func() { _, _ = handle(ctx, queued) })
		return make([]ports.Reply, len(queued)), nil
	})
}

// twoSeatWorkers gives one partition to two handles.
type twoSeatWorkers struct{ whole }

func (b twoSeatWorkers) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) (replies []ports.Reply, err error) {
		var handles sync.WaitGroup
		defer handles.Wait()
		handles.Go(func() { _, _ = handle(ctx, queued) })
		return handle(ctx, queued)
	})
}

// failedToTheBack hands a failed batch out after newer queued.
type failedToTheBack struct {
	whole
	mu     sync.Mutex
	failed map[domain.CourseID][]ports.QueuedCommand
}

func (b *failedToTheBack) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		on := queued[0].Command.Actions[0].CourseID()
		b.mu.Lock()
		again := slices.Concat(queued, b.failed[on])
		b.mu.Unlock()
		_, err := handle(ctx, again)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.failed[on] = nil; err != nil {
			b.failed[on] = again
		}
		return make([]ports.Reply, len(queued)), nil
	})
}

// firstOfTheFailedLost hands a failed batch out without its first command.
type firstOfTheFailedLost struct{ whole }

func (b firstOfTheFailedLost) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		if first := queued[0]; first.Attempts > 1 && len(queued) > 1 {
			queued = queued[1:]
		}
		replies, err := handle(ctx, queued)
		return append(replies, ports.Reply{}), err
	})
}

// oneByOne hands out one command at a time.
type oneByOne struct{ whole }

func (b oneByOne) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) (replies []ports.Reply, err error) {
		for i := range queued {
			reply, err := handle(ctx, queued[i:i+1])
			if err != nil {
				return nil, err
			}
			replies = append(replies, reply...)
		}
		return replies, nil
	})
}

// queueBehindTheSlowest has one handle at a time in all partitions.
type queueBehindTheSlowest struct {
	whole
	turn chan bool
}

func (b queueBehindTheSlowest) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		b.turn <- true
		defer func() { <-b.turn }()
		return handle(ctx, queued)
	})
}

// secondMachineIdle gives everything to who came first.
type secondMachineIdle struct {
	whole
	turn chan bool
}

func (b secondMachineIdle) Work(ctx context.Context, handle handle) error {
	select {
	case b.turn <- true:
		defer func() { <-b.turn }()
		return b.whole.Work(ctx, handle)
	case <-ctx.Done():
		return nil
	}
}

// heldByTheGone leaves with whom has left what he had.
type heldByTheGone struct {
	whole
	left chan bool
}

func (b heldByTheGone) Work(ctx context.Context, handle handle) error {
	defer func() { b.left <- true }()
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		if len(b.left) > 0 {
			return nil, ports.ErrUnavailable
		}
		return handle(ctx, queued)
	})
}

// killedAtWork does not wait for its handles.
type killedAtWork struct{ whole }

func (b killedAtWork) Work(ctx context.Context, handle handle) error {
	go b.whole.Work(ctx, handle)
	<-ctx.Done()
	return nil
}

func TestBrokenBusesAreCaught(t *testing.T) {
	t.Parallel()
	for outage, c := range map[string]struct {
		caughtBy string
		broken   func(whole) bus
	}{
		"event lost":                   {"published in order", func(b whole) bus { return eventLost{b} }},
		"withdrawn before enrolled":    {"published in order", func(b whole) bus { return withdrawnBeforeEnrolled{b} }},
		"told published but gone":      {"publishing is cancelled", func(b whole) bus { return toldPublishedButGone{b} }},
		"last behind a hole":           {"publishing is cancelled", func(b whole) bus { return lastBehindAHole{b} }},
		"taken for sent":               {"published again", func(b whole) bus { return takenForSent{b} }},
		"nobody knows from where":      {"messages unchanged", func(b whole) bus { return nobodyKnowsFromWhere{b} }},
		"another person":               {"messages unchanged", func(b whole) bus { return anotherPerson{b} }},
		"rest of a big batch":          {"publish many", func(b whole) bus { return restOfABigBatch{b} }},
		"command lost":                 {"in order", func(b whole) bus { return commandLost{b} }},
		"withdraws before he enrolls":  {"in order", func(b whole) bus { return withdrawsBeforeHeEnrolls{b} }},
		"one of many senders reversed": {"many senders", func(b whole) bus { return withdrawsBeforeHeEnrolls{b} }},
		"sent too much":                {"send many", func(b whole) bus { return sentTooMuch{b} }},
		"told sent but gone":           {"sending is cancelled", func(b whole) bus { return toldSentButGone{b} }},
		"bad one taken":                {"invalid commands", func(b whole) bus { return toldSentButGone{b} }},
		"reply forgotten":              {"replies", func(b whole) bus { return replyForgotten{b} }},
		"last reply forgotten":         {"replies", func(b whole) bus { return lastReplyForgotten{b} }},
		"drained without a reply":      {"drained", func(b whole) bus { return lastReplyForgotten{b} }},
		"sender trusted":               {"commands unchanged", handed(func(l *ports.QueuedCommand) { l.Command.By.Role = ports.Learner })},
		"one tenant's":                 {"commands unchanged", handed(func(l *ports.QueuedCommand) { l.Command.By.Tenant = "t" })},
		"body lost":                    {"commands unchanged", handed(func(l *ports.QueuedCommand) { l.Body = nil })},
		"no key":                       {"keys", handed(noKey)},
		"done twice under two keys": {"keys", handed(func(l *ports.QueuedCommand) {
			if l.Command.Key == l.ID {
				l.Command.Key += fmt.Sprint("-", l.Attempts)
			}
		})},
		"tried for ever":       {"attempts", handed(func(l *ports.QueuedCommand) { l.Attempts = 1 })},
		"failed batch dropped": {"failed commands", ended(failedBatchDropped)},
		"gone with the worker": {"cancelled while handling", ended(goneWithTheWorker)},
		"failed and gone":      {"failed, then stopped", ended(goneWithTheWorker)},
		"never done":           {"done is done", ended(neverDone)},
		"acknowledged first":   {"failed commands", func(b whole) bus { return acknowledgedFirst{b} }},
		"two handles":          {"one handle at a time", func(b whole) bus { return twoSeatWorkers{b} }},
		"failed to the back": {"failed commands", func(b whole) bus {
			return &failedToTheBack{whole: b, failed: make(map[domain.CourseID][]ports.QueuedCommand)}
		}},
		"order lost among workers": {"order over many workers", func(b whole) bus {
			return &failedToTheBack{whole: b, failed: make(map[domain.CourseID][]ports.QueuedCommand)}
		}},
		"first of the failed lost": {"failed commands", func(b whole) bus { return firstOfTheFailedLost{b} }},
		"one by one":               {"waiting commands together", func(b whole) bus { return oneByOne{b} }},
		"queue behind the slowest": {"partitions at the same time", func(b whole) bus {
			return queueBehindTheSlowest{b, make(chan bool, 1)}
		}},
		"second machine idle": {"shared", func(b whole) bus { return secondMachineIdle{b, make(chan bool, 1)} }},
		"held by the gone":    {"taken over", func(b whole) bus { return heldByTheGone{b, make(chan bool, 9)} }},
		"killed at work":      {"drained", func(b whole) bus { return killedAtWork{b} }},
	} {
		t.Run(outage, func(t *testing.T) {
			t.Parallel()
			caught(t, portstest.BusCases(), c.caughtBy,
				openBus(func() bus { return membus.New() }),
				openBus(func() bus { return c.broken(membus.New()) }))
		})
	}
}
