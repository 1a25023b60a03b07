package portstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var queueCases = []Case[OpenBus]{
	{"commands unchanged", "A command must arrive as it is, but of By only the tenant is sent.", commandsUnchanged},
	{"keys", "its Key is the sender's, else the message's", keys},
	{"in order", "All commands on a course are in one partition, in order.", inOrder},
	{"several actions", "A command of several actions counts as one on the course of its first action.", severalActions},
	{"many senders", "Send adds commands, any number, in order: each has one action, or is all or nothing.", manySenders},
	{"waiting commands together", "A call gets as many commands as wait in the partition, at most MaxActions.", waitingCommandsTogether},
	{"partitions at the same time", "Partitions are handled concurrently.", partitionsAtTheSameTime},
	{"invalid commands", "It must wrap domain.ErrInvalidArgument if the tenant or an action of the next command is invalid, or an action is a PutCourse.", invalidCommands},
	{"sending is cancelled", "If fewer than all are acknowledged, Send must return an error … A command that was not acknowledged may be in the queue.", sendingCancelled},
	{"send many", "Send adds commands, any number, in order: each has one action, or is all or nothing.", sendMany},
	{"replies", "its replies, one per command, are sent to the readers of replies", replies},
	{"done is done", "If handle returns no error, its replies, one per command, are sent to the readers of replies, and the commands are done.", doneIsDone},
}

func commandsUnchanged(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var sent []ports.Command
	add := func(owner domain.TenantID, actions ...ports.Action) {
		sent = append(sent, ports.Command{
			By:  ports.Actor{Tenant: owner, Subject: "ada", Role: ports.Learner},
			Key: fmt.Sprint(`key "é" 😀 `, len(sent)), Correlation: fmt.Sprint("suite ", len(sent)), Trace: traceparent, Actions: actions,
		})
	}
	for _, odd := range oddLearners {
		if odd.ValidateNew() == nil {
			add(tenant, ports.Enroll{Course: "c", Learner: odd})
			add(tenant, ports.Enroll{Course: "c", Learner: odd, SeatOnly: true})
		}
		add(tenant, ports.Withdraw{Course: "c", Learner: odd})
		add(tenant, ports.Withdraw{Course: "c", Learner: odd, Enrollment: newEnrollment()})
	}
	for _, owner := range oddTenants {
		for _, id := range oddCourses {
			add(owner, ports.Enroll{Course: id, Learner: "ada"})
		}
	}
	add(tenant, ports.Withdraw{Course: "c", Learner: "ada"})
	add(tenant, ports.Withdraw{Course: "d", Learner: "ada"}, ports.Enroll{Course: "c", Learner: "ada", SeatOnly: true}, ports.Enroll{Course: "d", Learner: "bob"})
	for i := range sent[len(sent)-2:] {
		sent[len(sent)-1-i].AllOrNothing = true
	}
	n, err := q.Send(q.ctx(), sent)
	if n != len(sent) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
	}
	want := slices.Clone(sent)
	for i := range sent { // the arguments are the caller's
		want[i].Actions = slices.Clone(sent[i].Actions)
		sent[i].Actions[0] = nil
	}
	got := make(map[string]ports.QueuedCommand)
	q.collect(got, len(sent), func(l ports.QueuedCommand) string { return l.Command.Key })
	ids := make(map[string]bool)
	for _, want := range want {
		want.By = ports.Actor{Tenant: want.By.Tenant, Subject: "queue", Role: ports.Staff}
		l := got[want.Key]
		if l.Command.By != want.By || l.Tenant != want.By.Tenant || l.Command.Correlation != want.Correlation ||
			l.Command.Trace != want.Trace || !slices.Equal(l.Command.Actions, want.Actions) || l.Command.AllOrNothing != want.AllOrNothing {
			t.Errorf("delivered\n%+v, want\n%+v", l, want)
		}
		if l.ID == "" || ids[l.ID] || len(l.Body) == 0 || l.Unreadable != nil || l.Attempts < 1 {
			t.Errorf("delivered %+v; want an ID of its own, a readable body, and the number of attempts", l)
		}
		ids[l.ID] = true
	}
}

// collect starts a worker until n commands were delivered, and returns them in got by name.
func (q *queue) collect(got map[string]ports.QueuedCommand, n int, name func(ports.QueuedCommand) string) {
	q.Helper()
	delivered := make(chan ports.QueuedCommand)
	ctx, cancel := context.WithCancel(q.ctx())
	left := make(chan error, 1)
	go func() {
		left <- q.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
			for _, l := range queued {
				select {
				case delivered <- l:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			return repliesTo(queued), nil
		})
	}()
	defer func() {
		cancel()
		<-left
	}()
	for tooLate := time.After(timeout); len(got) < n; {
		select {
		case l := <-delivered:
			got[name(l)] = l
		case <-tooLate:
			q.Fatalf("%d of %d commands were delivered", len(got), n)
		}
	}
}

func keys(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var sent []ports.Command
	for i := range 10 {
		c := stream{tenant, "c", "ada"}.command(i + 1)
		if i%2 > 0 {
			c.Key = ""
		}
		sent = append(sent, c)
	}
	if n, err := q.Send(q.ctx(), sent); n != len(sent) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
	}
	first := make(chan []ports.QueuedCommand, 1)
	var mu sync.Mutex // handles must not be concurrent, but a broken queue may do that
	again, known := make(map[string]string), make(map[string]bool)
	q.sent[stream{tenant, "c", "ada"}] = len(sent)
	q.startWorker(q.Queue, func(_ context.Context, queued []ports.QueuedCommand) error {
		select {
		case first <- queued:
			return errOnPurpose // so that they are delivered again
		default:
		}
		mu.Lock()
		defer mu.Unlock()
		for _, l := range queued {
			again[l.ID] = l.Command.Key
		}
		return nil
	})
	q.waitUntilDone()
	mu.Lock()
	defer mu.Unlock()
	for _, l := range <-first {
		key := l.Command.Key
		_, n := q.streamOf(l)
		if want := sent[n-1].Key; key == "" || known[key] || want != "" && key != want || again[l.ID] != key {
			t.Errorf("command %d, sent with key %q, has %q and then %q", n, want, key, again[l.ID])
		}
		known[key] = true
	}
}

func inOrder(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	streams := onCourses(30)
	q.send(3, streams...)
	q.startWorker(q.Queue, succeed)
	for range 5 {
		q.send(2, streams...)
	}
	q.waitUntilDone()
}

// severalActions sends commands whose second action is on another course. The commands on the first course stay in order.
func severalActions(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	commands := q.next(20, onCourses(20)...)
	for i := range commands {
		if c := &commands[i]; i%3 > 0 {
			c.AllOrNothing = true
			c.Actions = append(c.Actions, ports.Withdraw{Course: courseN(i % 7), Learner: "another"})
		}
	}
	if n, err := q.Send(q.ctx(), commands); n != len(commands) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(commands), err)
	}
	q.startWorker(q.Queue, succeed)
	q.startWorker(q.Join(t), succeed)
	q.waitUntilDone()
}

func manySenders(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.startWorker(q.Queue, succeed)
	senders := make([]ports.Queue, 3)
	for i := range senders {
		senders[i] = q.Join(t)
	}
	together(len(senders), func(i int) {
		mine := []stream{{tenant, "hot", fmt.Sprint("sender-", i)}, {tenant, "warm", fmt.Sprint("sender-", i)}}
		for range 10 {
			q.sendBy(senders[i], 10, mine...)
		}
	})
	q.waitUntilDone()
}

func waitingCommandsTogether(t testing.TB, open OpenBus) {
	const many, most = 300, 10
	q := newQueue(t, open)
	q.send(many, stream{tenant, "c", "ada"})
	q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
	q.mu.Lock() // a command may be delivered again
	defer q.mu.Unlock()
	if q.handles > most {
		t.Errorf("%d waiting commands were delivered in %d calls, want at most %d", many, q.handles, most)
	}
}

func partitionsAtTheSameTime(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(1, onPartitions()...)
	all := make(chan bool)
	q.startWorker(q.Queue, func(ctx context.Context, _ []ports.QueuedCommand) error {
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	q.waitUntil("a handle in every partition", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.handles == ports.Partitions
	})
	close(all)
	q.waitUntilDone()
}

func invalidCommands(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	if n, err := q.Send(q.ctx(), nil); n != 0 || err != nil {
		t.Errorf("without commands %d were acknowledged: %v", n, err)
	}
	l := stream{tenant, "c", "ada"}
	var invalid []ports.Command
	add := func(allOrNothing bool, actions ...ports.Action) *ports.Command {
		c := l.command(0)
		c.AllOrNothing, c.Actions = allOrNothing, actions
		invalid = append(invalid, c)
		return &invalid[len(invalid)-1]
	}
	enroll, put := ports.Enroll{Course: "c", Learner: "ada"}, ports.PutCourse{Course: "c"}
	add(false)
	add(true)
	add(false, enroll, enroll)
	add(true, slices.Repeat([]ports.Action{enroll}, ports.MaxActions+1)...)
	add(false, enroll).By.Tenant = "a.*"
	add(false, ports.Enroll{Course: "c"})
	add(false, ports.Withdraw{Learner: "ada"})
	add(true, enroll, ports.Withdraw{Course: "c"})
	add(false, put)
	add(true, enroll, put)
	for _, bad := range invalid {
		good := q.next(4, l)
		n, err := q.Send(q.ctx(), slices.Insert(slices.Clone(good), 2, bad))
		if n > 2 || !errors.Is(err, domain.ErrInvalidArgument) {
			t.Fatalf("%d were acknowledged: %v; want 2 at most, and %v", n, err, domain.ErrInvalidArgument)
		}
		if more, err := q.Send(q.ctx(), good[n:]); more != len(good)-n || err != nil {
			t.Errorf("without it %d of %d were acknowledged: %v", more, len(good)-n, err)
		}
	}
	q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
}

// sendingCancelled ends ctx at different moments, and each time continues with the first command that was not acknowledged.
func sendingCancelled(t testing.TB, open OpenBus) {
	const rounds, each = 8, 300
	q := newQueue(t, open)
	waiting := q.next(rounds*each, onCourses(2)...)
	for round := range rounds {
		ctx, cancel := context.WithTimeout(q.ctx(), time.Duration(round*round)*50*time.Microsecond) // steady: any number may arrive
		sent := waiting[:min(2*each, len(waiting))]
		n, err := q.Send(ctx, sent)
		cancel()
		switch {
		case n < 0 || n > len(sent) || (n < len(sent)) != (err != nil):
			t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
		case err != nil && !errors.Is(err, ports.ErrUnavailable) && !errors.Is(err, ports.ErrInternal):
			t.Fatalf("Send returned %v, want %v", err, ports.ErrUnavailable)
		}
		waiting = waiting[n:]
	}
	if n, err := q.Send(q.ctx(), waiting); n != len(waiting) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(waiting), err)
	}
	q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
}

func sendMany(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(2500, onCourses(2)...)
	q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
}

func replies(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	streams := onCourses(5)
	q.send(4, streams...)
	failed := make(chan bool, 1)
	q.startWorker(q.Queue, func(context.Context, []ports.QueuedCommand) error {
		select {
		case failed <- true:
			return errOnPurpose // a command that is not done has no reply
		default:
			return nil
		}
	})
	q.send(20, streams...)
	q.waitUntilDone()
	q.waitUntil("a reply to each command", func() bool {
		upTo := q.repliedUpTo()
		for _, l := range streams {
			if upTo[l.course] != q.sent[l] {
				return false
			}
		}
		return true
	})
}

// repliedUpTo returns the number of the last command with a reply, for each course. It requires that replies are in order.
func (q *queue) repliedUpTo() map[domain.CourseID]int {
	q.Helper()
	upTo := make(map[domain.CourseID]int)
	for _, key := range q.Replied(q.TB) {
		var sender string
		var on domain.CourseID
		var n int
		if _, err := fmt.Sscanf(key, "%s %s %d", &sender, &on, &n); err != nil {
			q.Fatalf("a reply has the key %q", key)
		}
		if n > upTo[on]+1 {
			q.Fatalf("on %s the reply to command %d follows the one to %d", on, n, upTo[on])
		}
		upTo[on] = max(n, upTo[on])
	}
	return upTo
}

// doneIsDone allows that commands are delivered again, but not all of them each time.
func doneIsDone(t testing.TB, open OpenBus) {
	const rounds = 3
	q := newQueue(t, open)
	l := stream{tenant, "c", "ada"}
	q.send(10, l)
	stop := q.startWorker(q.Queue, succeed)
	q.waitUntilDone()
	stop()
	for range rounds {
		var again tally
		q.send(1, l)
		stop := q.startWorker(q.Queue, again.handle)
		q.waitUntilDone()
		stop()
		if again.commands.Load() == 1 {
			return
		}
	}
	t.Errorf("%d times all commands were delivered again that were done", rounds)
}
