package nats_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// command returns the n-th command on a course.
func command(on domain.CourseID, n int) ports.Command {
	return ports.Command{
		By: ports.Actor{Tenant: "default", Subject: "test", Role: ports.Staff}, Key: fmt.Sprint(on, " ", n),
		Actions: []ports.Action{ports.Enroll{Course: on, Learner: domain.LearnerID(fmt.Sprint("learner-", n))}},
	}
}

// send sends the commands from…to of a course.
func send(t testing.TB, bus *nats.Bus, on domain.CourseID, from, to int) {
	t.Helper()
	var commands []ports.Command
	for n := from; n <= to; n++ {
		commands = append(commands, command(on, n))
	}
	if n, err := bus.Send(t.Context(), commands); n != len(commands) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(commands), err)
	}
}

// answer works until one batch is done.
func answer(t testing.TB, bus *nats.Bus, handle func([]ports.QueuedCommand) ([]ports.Reply, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err := bus.Work(ctx, func(_ context.Context, commands []ports.QueuedCommand) ([]ports.Reply, error) {
		replies, err := handle(commands)
		if err == nil {
			cancel()
		}
		return replies, err
	})
	if err != nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("Work returned %v, in the end %v", err, ctx.Err())
	}
}

// work is answer with replies that do not matter.
func work(t testing.TB, bus *nats.Bus, handle func([]ports.QueuedCommand) error) {
	t.Helper()
	answer(t, bus, func(commands []ports.QueuedCommand) ([]ports.Reply, error) {
		return slices.Repeat([]ports.Reply{{Err: domain.ErrCourseNotFound}}, len(commands)), handle(commands)
	})
}

// A log records the keys of handled commands, in order.
type log struct {
	mu    sync.Mutex
	keys  []string
	added chan string
}

func newLog() *log { return &log{added: make(chan string, 10_000)} }

func (l *log) add(commands []ports.QueuedCommand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range commands {
		l.keys = append(l.keys, c.Command.Key)
		l.added <- c.Command.Key
	}
}

// until waits for a key.
func (l *log) until(t testing.TB, key string) {
	t.Helper()
	for portstest.Receive(t, fmt.Sprintf("%q is handled", key), l.added) != key {
	}
}

// requireOrder requires that the commands 1 to n of a course were handled in order. Some may have been handled again.
func (l *log) requireOrder(t testing.TB, on domain.CourseID, n int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	upTo := 0
	for _, key := range l.keys {
		var at int
		if _, err := fmt.Sscanf(key, string(on)+" %d", &at); err != nil {
			continue
		}
		if at > upTo+1 {
			t.Fatalf("%s: command %d comes after %d", on, at, upTo)
		}
		upTo = max(upTo, at)
	}
	if upTo != n {
		t.Fatalf("%s: %d commands were handled, want %d", on, upTo, n)
	}
}

// start works until the test ends or stop is called.
func start(t testing.TB, bus *nats.Bus, handle func(context.Context, []ports.QueuedCommand) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() {
		defer close(ended)
		err := bus.Work(ctx, func(ctx context.Context, commands []ports.QueuedCommand) ([]ports.Reply, error) {
			return slices.Repeat([]ports.Reply{{Err: domain.ErrCourseNotFound}}, len(commands)), handle(ctx, commands)
		})
		if err != nil {
			t.Errorf("Work returned %v", err)
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(stop)
	return stop
}

// short is a lease time that a test can wait for. A busy machine renews a lease of that length in time, too.
const short = 4 * time.Second
