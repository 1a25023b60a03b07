package portstest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/membus"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A bus is what the cases need of a bus in one process.
type bus interface {
	ports.Publisher
	ports.Queue
	Published() []ports.Message
	PurgeEvents()
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
			Purge:     func(testing.TB) { b.PurgeEvents() },
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

// Buses that are broken on purpose, each in about ten lines.

// losesEvent loses the middle message of a call.
type losesEvent struct{ whole }

func (b losesEvent) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	if middle := len(messages) / 2; middle > 0 {
		_, err := b.whole.Publish(ctx, slices.Delete(slices.Clone(messages), middle, middle+1))
		return len(messages), err
	}
	return b.whole.Publish(ctx, messages)
}

// reversesEvents publishes messages in reverse order.
type reversesEvents struct{ whole }

func (b reversesEvents) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	slices.Reverse(messages)
	return b.whole.Publish(ctx, messages)
}

// ignoresPublishErrors reports every message as acknowledged.
type ignoresPublishErrors struct{ whole }

func (b ignoresPublishErrors) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	_, _ = b.whole.Publish(ctx, messages)
	return len(messages), nil
}

// publishesPastGap publishes the last message even if an earlier one did not arrive.
type publishesPastGap struct{ whole }

func (b publishesPastGap) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	n, err := b.whole.Publish(ctx, messages)
	if n < len(messages)-1 {
		_, _ = b.whole.Publish(context.WithoutCancel(ctx), messages[len(messages)-1:])
	}
	return n, err
}

// trustsFirstMessage takes all messages as published if the first one is.
type trustsFirstMessage struct{ whole }

func (b trustsFirstMessage) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	for _, m := range b.Published() {
		if len(messages) > 0 && m.ID == messages[0].ID {
			return len(messages), nil
		}
	}
	return b.whole.Publish(ctx, messages)
}

// losesField does not publish one of the fields.
type losesField struct{ whole }

func (b losesField) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	for i := range messages {
		messages[i].From = ""
	}
	return b.whole.Publish(ctx, messages)
}

// changesLearner replaces characters in learners' ids.
type changesLearner struct{ whole }

func (b changesLearner) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	messages = slices.Clone(messages)
	for i, m := range messages {
		messages[i].Learner = domain.LearnerID(strings.ReplaceAll(string(m.Learner), ".", "_"))
	}
	return b.whole.Publish(ctx, messages)
}

// publishesTooFew publishes the first 4096 messages of a call.
type publishesTooFew struct{ whole }

func (b publishesTooFew) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	_, err := b.whole.Publish(ctx, messages[:min(4096, len(messages))])
	return len(messages), err
}

// dropsDuplicates publishes no message that it has published before, in this or another republication.
type dropsDuplicates struct {
	whole
	known map[string]bool
	id    func(ports.Message) string
}

func (b dropsDuplicates) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	for i, m := range messages {
		if b.known[b.id(m)] {
			continue
		}
		if n, err := b.whole.Publish(ctx, messages[i:i+1]); n == 0 {
			return i, err
		}
		b.known[b.id(m)] = true
	}
	return len(messages), nil
}

// dropsHeld publishes no message that it holds, even in a new republication.
type dropsHeld struct{ whole }

func (b dropsHeld) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	var missing []ports.Message
	for _, m := range messages {
		if !slices.ContainsFunc(b.Published(), func(p ports.Message) bool { return p.ID == m.ID }) {
			missing = append(missing, m)
		}
	}
	_, err := b.whole.Publish(ctx, missing)
	return len(messages), err
}

// remembersLatest returns the last event that was published, even if it is purged.
type remembersLatest struct {
	whole
	last *ports.EventRef
}

func (b remembersLatest) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	for _, m := range messages {
		*b.last = m.Ref()
	}
	return b.whole.Publish(ctx, messages)
}

func (b remembersLatest) Latest(context.Context) (ports.EventRef, error) { return *b.last, nil }

// holding holds the event if one of those that are published fits.
type holding struct {
	whole
	fits func(published, event ports.EventRef) bool
}

func (b holding) Holds(_ context.Context, event ports.EventRef) (bool, error) {
	return slices.ContainsFunc(b.Published(), func(m ports.Message) bool { return b.fits(m.Ref(), event) }), nil
}

// losesCommand loses the middle command of a call.
type losesCommand struct{ whole }

func (b losesCommand) Send(ctx context.Context, commands []ports.Command) (int, error) {
	middle := len(commands) / 2
	_, err := b.whole.Send(ctx, slices.Delete(slices.Clone(commands), middle, middle+1))
	return len(commands), err
}

// reversesCommands sends commands in reverse order.
type reversesCommands struct{ whole }

func (b reversesCommands) Send(ctx context.Context, commands []ports.Command) (int, error) {
	commands = slices.Clone(commands)
	slices.Reverse(commands)
	return b.whole.Send(ctx, commands)
}

// sendsTooFew sends the first 4096 commands of a call.
type sendsTooFew struct{ whole }

func (b sendsTooFew) Send(ctx context.Context, commands []ports.Command) (int, error) {
	_, err := b.whole.Send(ctx, commands[:min(4096, len(commands))])
	return len(commands), err
}

// ignoresSendErrors reports every command as acknowledged.
type ignoresSendErrors struct{ whole }

func (b ignoresSendErrors) Send(ctx context.Context, commands []ports.Command) (int, error) {
	_, _ = b.whole.Send(ctx, commands)
	return len(commands), nil
}

// accepts sends another action in place of one that it must refuse.
type accepts struct {
	whole
	refused func(ports.Action) bool
}

func (b accepts) Send(ctx context.Context, commands []ports.Command) (int, error) {
	commands = slices.Clone(commands)
	for i := range commands {
		commands[i].Actions = slices.Clone(commands[i].Actions)
		for j, a := range commands[i].Actions {
			if b.refused(a) {
				commands[i].Actions[j] = ports.Withdraw{Course: "c", Learner: "ada"}
			}
		}
	}
	return b.whole.Send(ctx, commands)
}

// losesTenthReply loses every tenth reply.
type losesTenthReply struct{ whole }

func (b losesTenthReply) Replies() []membus.Answer {
	var sent []membus.Answer
	for i, a := range b.whole.Replies() {
		if i%10 != 9 {
			sent = append(sent, a)
		}
	}
	return sent
}

// losesLastReply loses the last reply.
type losesLastReply struct{ whole }

func (b losesLastReply) Replies() []membus.Answer {
	sent := b.whole.Replies()
	return sent[:max(0, len(sent)-1)]
}

func TestBrokenBusesAreCaught(t *testing.T) {
	t.Parallel()
	for defect, c := range map[string]struct {
		caughtBy string
		broken   func(whole) bus
	}{
		"loses event":            {"published in order", func(b whole) bus { return losesEvent{b} }},
		"reverses events":        {"published in order", func(b whole) bus { return reversesEvents{b} }},
		"ignores publish errors": {"publishing is cancelled", func(b whole) bus { return ignoresPublishErrors{b} }},
		"publishes past gap":     {"publishing is cancelled", func(b whole) bus { return publishesPastGap{b} }},
		"trusts first message":   {"published again", func(b whole) bus { return trustsFirstMessage{b} }},
		"loses field":            {"messages unchanged", func(b whole) bus { return losesField{b} }},
		"changes learner":        {"messages unchanged", func(b whole) bus { return changesLearner{b} }},
		"publishes too few":      {"publish many", func(b whole) bus { return publishesTooFew{b} }},
		"drops what it knows": {"held when acknowledged", func(b whole) bus {
			return dropsDuplicates{b, make(map[string]bool), func(m ports.Message) string { return fmt.Sprint(m.ID, m.Republication) }}
		}},
		"drops republications": {"republications", func(b whole) bus { return dropsHeld{b} }},
		"remembers the latest": {"latest", func(b whole) bus { return remembersLatest{b, new(ports.EventRef)} }},
		"holds only the last": {"holds", func(b whole) bus {
			return holding{b, func(p, e ports.EventRef) bool { return p.CourseRef == e.CourseRef && p.ID == e.ID }}
		}},
		"holds another history": {"holds", func(b whole) bus {
			return holding{b, func(p, e ports.EventRef) bool { return p.CourseRef == e.CourseRef && p.Sequence >= e.Sequence }}
		}},
		"holds for another tenant": {"holds", func(b whole) bus {
			return holding{b, func(p, e ports.EventRef) bool {
				return p.Course == e.Course && (p.Sequence > e.Sequence || p.Sequence == e.Sequence && (p.ID == e.ID || p.Tenant != e.Tenant))
			}}
		}},
		"holds matching courses": {"holds unusual ids", func(b whole) bus {
			return holding{b, func(p, e ports.EventRef) bool {
				return p.Tenant == e.Tenant && (e.Course == "*" || p.CourseRef == e.CourseRef) && p.Sequence >= e.Sequence
			}}
		}},
		"loses command":                   {"in order", func(b whole) bus { return losesCommand{b} }},
		"reverses commands":               {"in order", func(b whole) bus { return reversesCommands{b} }},
		"reverses commands of one sender": {"many senders", func(b whole) bus { return reversesCommands{b} }},
		"sends too few":                   {"send many", func(b whole) bus { return sendsTooFew{b} }},
		"ignores send errors":             {"sending is cancelled", func(b whole) bus { return ignoresSendErrors{b} }},
		"accepts invalid commands":        {"invalid commands", func(b whole) bus { return ignoresSendErrors{b} }},
		"accepts a put": {"invalid commands", func(b whole) bus {
			return accepts{b, func(a ports.Action) bool { return a.Name() == "put" }}
		}},
		"accepts invalid actions": {"invalid commands", func(b whole) bus {
			return accepts{b, func(a ports.Action) bool { return a.Validate() != nil }}
		}},
		"loses tenth reply":             {"replies", func(b whole) bus { return losesTenthReply{b} }},
		"loses last reply":              {"replies", func(b whole) bus { return losesLastReply{b} }},
		"loses last reply when drained": {"drained", func(b whole) bus { return losesLastReply{b} }},
		"changes role":                  {"commands unchanged", delivering(func(l *ports.QueuedCommand) { l.Command.By.Role = ports.Learner })},
		"changes tenant":                {"commands unchanged", delivering(func(l *ports.QueuedCommand) { l.Command.By.Tenant = "t" })},
		"loses body":                    {"commands unchanged", delivering(func(l *ports.QueuedCommand) { l.Body = nil })},
		"loses all or nothing":          {"commands unchanged", delivering(func(l *ports.QueuedCommand) { l.Command.AllOrNothing = false })},
		"partition of the last action":  {"several actions", func(b whole) bus { return partitionOfTheLast{delivering(reverseActions)(b)} }},
		"no key":                        {"keys", delivering(noKey)},
		"changes key at each attempt": {"keys", delivering(func(l *ports.QueuedCommand) {
			if l.Command.Key == l.ID {
				l.Command.Key += fmt.Sprint("-", l.Attempts)
			}
		})},
		"does not count attempts":    {"attempts", delivering(func(l *ports.QueuedCommand) { l.Attempts = 1 })},
		"drops failed":               {"failed commands", returning(dropsFailed)},
		"drops cancelled":            {"cancelled while handling", returning(dropsCancelled)},
		"drops failed, then stopped": {"failed, then stopped", returning(dropsCancelled)},
		"never done":                 {"done is done", returning(neverDone)},
		"acknowledges first":         {"failed commands", func(b whole) bus { return acknowledgesFirst{b} }},
		"calls two handles":          {"one handle at a time", func(b whole) bus { return callsTwoHandles{b} }},
		"failed to the back": {"failed commands", func(b whole) bus {
			return &failedToTheBack{whole: b, failed: make(map[domain.CourseID][]ports.QueuedCommand)}
		}},
		"failed to the back among workers": {"order over many workers", func(b whole) bus {
			return &failedToTheBack{whole: b, failed: make(map[domain.CourseID][]ports.QueuedCommand)}
		}},
		"loses first failed": {"failed commands", func(b whole) bus { return losesFirstFailed{b} }},
		"one by one":         {"waiting commands together", func(b whole) bus { return oneByOne{b} }},
		"one handle for all": {"partitions at the same time", func(b whole) bus {
			return oneHandleForAll{b, make(chan bool, 1)}
		}},
		"first worker only": {"shared", func(b whole) bus { return firstWorkerOnly{b, make(chan bool, 1)} }},
		"keeps partitions":  {"taken over", func(b whole) bus { return keepsPartitions{b, make(chan bool, 9)} }},
		"abandons handles":  {"drained", func(b whole) bus { return abandonsHandles{b} }},
	} {
		t.Run(defect, func(t *testing.T) {
			t.Parallel()
			caught(t, portstest.BusCases(), c.caughtBy,
				openBus(func() bus { return membus.New() }),
				openBus(func() bus { return c.broken(membus.New()) }))
		})
	}
}
