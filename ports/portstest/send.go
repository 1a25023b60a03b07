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
	{"commands as they are", "a Letter brings the command; the tenant is that of By, who sends is not told", commandsAsTheyAre},
	{"keys", "a Command has a Key, that of the message where the sender gave none", keys},
	{"in order", "all commands on a course are in one partition, in order", inOrder},
	{"many senders", "what each sends is in order, however many send", manySenders},
	{"what waits comes together", "as much at once as waits and a few transactions hold", whatWaitsComesTogether},
	{"partitions at the same time", "what waits in different partitions is handed out at the same time", partitionsAtTheSameTime},
	{"not to be sent", "fewer than all come with an error: ErrInvalidArgument for what can't be sent", notToBeSent},
	{"sending is cut off", "Send adds commands in order, and fewer than all come with an error", sendingIsCutOff},
	{"send many", "Send takes as many as there are", sendMany},
	{"replies", "replies, one per letter, are sent to who reads replies", replies},
	{"done is done", "where handle returns no error the letters are done", doneIsDone},
}

func commandsAsTheyAre(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var sent []ports.Command
	add := func(whose domain.TenantID, actions ...ports.Action) {
		sent = append(sent, ports.Command{
			By:  ports.Actor{Tenant: whose, Subject: "ada", Role: ports.Learner},
			Key: fmt.Sprint(`key "é" 😀 `, len(sent)), Correlation: fmt.Sprint("suite ", len(sent)), Trace: traceparent, Actions: actions,
		})
	}
	for _, odd := range oddLearners {
		add(tenant, ports.Enroll{Course: "c", Learner: odd})
		add(tenant, ports.Withdraw{Course: "c", Learner: odd})
	}
	for _, whose := range oddTenants {
		for _, id := range oddCourses {
			add(whose, ports.Enroll{Course: id, Learner: "ada"})
		}
	}
	n, err := q.Send(q.ctx(), sent)
	if n != len(sent) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
	}
	want := slices.Clone(sent)
	for i := range sent { // what was handed in is the caller's
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
			l.Command.Trace != want.Trace || !slices.Equal(l.Command.Actions, want.Actions) {
			t.Errorf("the letter is\n%+v, want a command\n%+v", l, want)
		}
		if l.ID == "" || ids[l.ID] || len(l.Body) == 0 || l.Unreadable != nil || l.Attempts < 1 {
			t.Errorf("the letter is %+v; want an ID of its own, a body that can be read, and how often it was tried", l)
		}
		ids[l.ID] = true
	}
}

// collect has somebody work until so many letters have come, each under its name, and all go home.
func (q *queue) collect(got map[string]ports.QueuedCommand, n int, name func(ports.QueuedCommand) string) {
	q.Helper()
	come := make(chan ports.QueuedCommand)
	ctx, cancel := context.WithCancel(q.ctx())
	left := make(chan error, 1)
	go func() {
		left <- q.Work(ctx, func(ctx context.Context, letters []ports.QueuedCommand) ([]ports.Reply, error) {
			for _, l := range letters {
				select {
				case come <- l:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			return repliesTo(letters), nil
		})
	}()
	defer func() {
		cancel()
		<-left
	}()
	for tooLate := time.After(q.handover()); len(got) < n; {
		select {
		case l := <-come:
			got[name(l)] = l
		case <-tooLate:
			q.Fatalf("%d of %d letters have come", len(got), n)
		}
	}
}

func keys(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	var sent []ports.Command
	for i := range 10 {
		c := line{tenant, "c", "ada"}.command(i + 1)
		if i%2 > 0 {
			c.Key = ""
		}
		sent = append(sent, c)
	}
	if n, err := q.Send(q.ctx(), sent); n != len(sent) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
	}
	first := make(chan []ports.QueuedCommand, 1)
	var mu sync.Mutex // of the handles, for a queue may be wrong about their number
	again, known := make(map[string]string), make(map[string]bool)
	q.sent[line{tenant, "c", "ada"}] = len(sent)
	q.hire(q.Queue, func(_ context.Context, letters []ports.QueuedCommand) error {
		select {
		case first <- letters:
			return errOnPurpose // so that they come again
		default:
		}
		mu.Lock()
		defer mu.Unlock()
		for _, l := range letters {
			again[l.ID] = l.Command.Key
		}
		return nil
	})
	q.finish()
	mu.Lock()
	defer mu.Unlock()
	for _, l := range <-first {
		key := l.Command.Key
		_, n := q.lineOf(l)
		if want := sent[n-1].Key; key == "" || known[key] || want != "" && key != want || again[l.ID] != key {
			t.Errorf("command %d, sent with key %q, has %q and then %q", n, want, key, again[l.ID])
		}
		known[key] = true
	}
}

func inOrder(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	lines := onCourses(30)
	q.send(3, lines...)
	q.hire(q.Queue, done)
	for range 5 {
		q.send(2, lines...)
	}
	q.finish()
}

func manySenders(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.hire(q.Queue, done)
	senders := make([]ports.Queue, 3)
	for i := range senders {
		senders[i] = q.Join(t)
	}
	together(len(senders), func(i int) {
		mine := []line{{tenant, "hot", fmt.Sprint("sender-", i)}, {tenant, "warm", fmt.Sprint("sender-", i)}}
		for range 10 {
			q.sendBy(senders[i], 10, mine...)
		}
	})
	q.finish()
}

func whatWaitsComesTogether(t testing.TB, open OpenBus) {
	const many, most = 300, 10
	q := newQueue(t, open)
	q.send(many, line{tenant, "c", "ada"})
	q.hire(q.Queue, done)
	q.finish()
	if q.handles > most {
		t.Errorf("%d letters that waited were handed out in %d batches, want %d at most", many, q.handles, most)
	}
}

func partitionsAtTheSameTime(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(1, onPartitions()...)
	all := make(chan bool)
	q.hire(q.Queue, func(ctx context.Context, _ []ports.QueuedCommand) error {
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	q.until(q.handover(), "letters of every partition to be with a handle", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.handles == ports.Partitions
	})
	close(all)
	q.finish()
}

func notToBeSent(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	if n, err := q.Send(q.ctx(), nil); n != 0 || err != nil {
		t.Errorf("of nothing %d were acknowledged: %v", n, err)
	}
	l := line{tenant, "c", "ada"}
	none, two, wild := l.command(0), l.command(0), l.command(0)
	none.Actions = nil
	two.Actions = append(two.Actions, two.Actions...)
	wild.By.Tenant = "a.*"
	for _, bad := range []ports.Command{none, two, wild} {
		good := q.next(4, l)
		n, err := q.Send(q.ctx(), slices.Insert(slices.Clone(good), 2, bad))
		if n > 2 || !errors.Is(err, domain.ErrInvalidArgument) {
			t.Fatalf("%d were acknowledged: %v; want 2 at most, and %v", n, err, domain.ErrInvalidArgument)
		}
		if more, err := q.Send(q.ctx(), good[n:]); more != len(good)-n || err != nil {
			t.Errorf("without it %d of %d were acknowledged: %v", more, len(good)-n, err)
		}
	}
	q.hire(q.Queue, done)
	q.finish()
}

// sendingIsCutOff ends ctx sooner or later in the middle, and each time begins again with what was not acknowledged.
func sendingIsCutOff(t testing.TB, open OpenBus) {
	const rounds, each = 8, 300
	q := newQueue(t, open)
	waiting := q.next(rounds*each, onCourses(2)...)
	for round := range rounds {
		ctx, cancel := context.WithTimeout(q.ctx(), time.Duration(round*round)*50*time.Microsecond)
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
	q.hire(q.Queue, done)
	q.finish()
}

func sendMany(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	q.send(2500, onCourses(2)...)
	q.hire(q.Queue, done)
	q.finish()
}

func replies(t testing.TB, open OpenBus) {
	q := newQueue(t, open)
	lines := onCourses(5)
	q.send(4, lines...)
	failed := make(chan bool, 1)
	q.hire(q.Queue, func(context.Context, []ports.QueuedCommand) error {
		select {
		case failed <- true:
			return errOnPurpose // what is not done is not answered
		default:
			return nil
		}
	})
	q.send(20, lines...)
	q.finish()
	q.until(patienceOf(t), "a reply to each command", func() bool {
		answered := q.answered()
		for _, l := range lines {
			if answered[l.course] != q.sent[l] {
				return false
			}
		}
		return true
	})
}

// answered returns up to which number the commands on each course are answered, and requires that they are in order.
func (q *queue) answered() map[domain.CourseID]int {
	q.Helper()
	upTo := make(map[domain.CourseID]int)
	for _, key := range q.Replied(q.TB) {
		var sender string
		var on domain.CourseID
		var n int
		if _, err := fmt.Sscanf(key, "%s %s %d", &sender, &on, &n); err != nil {
			q.Fatalf("a command was answered whose key is %q", key)
		}
		if n > upTo[on]+1 {
			q.Fatalf("on %s the reply to command %d comes after that to %d", on, n, upTo[on])
		}
		upTo[on] = max(n, upTo[on])
	}
	return upTo
}

// doneIsDone allows for letters that come again, but not for all of them time after time.
func doneIsDone(t testing.TB, open OpenBus) {
	const rounds = 3
	q := newQueue(t, open)
	l := line{tenant, "c", "ada"}
	q.send(10, l)
	home := q.hire(q.Queue, done)
	q.finish()
	home()
	for range rounds {
		var again tally
		q.send(1, l)
		home := q.hire(q.Queue, again.do)
		q.finish()
		home()
		if again.letters.Load() == 1 {
			return
		}
	}
	t.Errorf("%d times letters came again that were done", rounds)
}
