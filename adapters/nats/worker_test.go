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
)

// command returns the n-th command on a course.
func command(on domain.CourseID, n int) ports.Command {
	return ports.Command{
		By: ports.Actor{Tenant: "default", Subject: "test", Role: ports.Staff}, Key: fmt.Sprint(on, " ", n),
		Actions: []ports.Action{ports.Enroll{Course: on, Learner: domain.LearnerID(fmt.Sprint("learner-", n))}},
	}
}

// send sends the commands from to to of a course.
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

// answer works until a batch was done.
func answer(t testing.TB, bus *nats.Bus, handle func([]ports.QueuedCommand) ([]ports.Reply, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := bus.Work(ctx, func(_ context.Context, letters []ports.QueuedCommand) ([]ports.Reply, error) {
		replies, err := handle(letters)
		if err == nil {
			cancel()
		}
		return replies, err
	})
	if err != nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("Work returned %v, in the end %v", err, ctx.Err())
	}
}

// work is answer where it does not matter what the replies are.
func work(t testing.TB, bus *nats.Bus, handle func([]ports.QueuedCommand) error) {
	t.Helper()
	answer(t, bus, func(letters []ports.QueuedCommand) ([]ports.Reply, error) {
		return slices.Repeat([]ports.Reply{{Err: domain.ErrCourseNotFound}}, len(letters)), handle(letters)
	})
}

// A log is the keys of what was handled, in order.
type log struct {
	mu   sync.Mutex
	keys []string
	of   chan string // each of them
}

func newLog() *log { return &log{of: make(chan string, 10_000)} }

func (l *log) add(letters []ports.QueuedCommand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, letter := range letters {
		l.keys = append(l.keys, letter.Command.Key)
		l.of <- letter.Command.Key
	}
}

// until waits for a key.
func (l *log) until(t testing.TB, key string) {
	t.Helper()
	for {
		select {
		case got := <-l.of:
			if got == key {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%q does not come", key)
		}
	}
}

// requireOrder requires that the commands 1 to n of a course were handled in order, some of them again.
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

// start works until the test is over, or stop is called.
func start(t testing.TB, bus *nats.Bus, handle func(context.Context, []ports.QueuedCommand) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() {
		defer close(ended)
		err := bus.Work(ctx, func(ctx context.Context, letters []ports.QueuedCommand) ([]ports.Reply, error) {
			return slices.Repeat([]ports.Reply{{Err: domain.ErrCourseNotFound}}, len(letters)), handle(ctx, letters)
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

const short = time.Second // for which a lease lasts

// One who dies leaves what he was at to another, who begins with it and not behind it.
func TestTakeover(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	sender := connect(t, b.URL(), nats.WithLeaseTime(short))
	victim, heir := connect(t, b.URL(), nats.WithLeaseTime(short)), connect(t, b.URL(), nats.WithLeaseTime(short))
	send(t, sender, "c", 1, 100)
	inside := make(chan int)
	gone := make(chan error, 1)
	start(t, victim, func(ctx context.Context, letters []ports.QueuedCommand) error {
		inside <- len(letters)
		victim.Close() // he can say no more, as if killed
		<-ctx.Done()
		gone <- context.Cause(ctx)
		return nil // and what he did is told to nobody
	})
	if n := <-inside; n != 100 {
		t.Fatalf("%d letters were handed out, want 100", n)
	}
	send(t, sender, "c", 101, 200)
	log := newLog()
	tries := make(map[int]int)
	start(t, heir, func(_ context.Context, letters []ports.QueuedCommand) error {
		select {
		case <-gone:
		default:
			t.Error("a partition has another worker, and the first was not told that it is no longer his")
		}
		for _, l := range letters {
			tries[l.Attempts]++
		}
		log.add(letters)
		return nil
	})
	log.until(t, "c 200")
	log.requireOrder(t, "c", 200)
	if tries[1] != 100 || tries[2] != 100 {
		t.Errorf("of the letters so many were handed out so often: %v", tries)
	}
}

// One who is cut off and comes back goes on, wherever the others have come to meanwhile.
func TestAWorkerIsCutOffAndComesBack(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	p := startProxy(t, b)
	far, near := connect(t, p.url, nats.WithLeaseTime(short)), connect(t, b.URL(), nats.WithLeaseTime(short))
	log := newLog()
	handle := func(_ context.Context, letters []ports.QueuedCommand) error {
		log.add(letters)
		return nil
	}
	send(t, near, "c", 1, 50)
	start(t, far, handle)
	log.until(t, "c 50")
	p.to(nil)
	send(t, near, "c", 51, 100)
	stop := start(t, near, handle)
	log.until(t, "c 100")
	stop()
	send(t, near, "c", 101, 150)
	p.to(b)
	log.until(t, "c 150")
	log.requireOrder(t, "c", 150)
}

// Those who begin in one moment see the same partitions free, and one of them has each.
func TestWorkersWhoBeginTogether(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	sender := connect(t, b.URL())
	var courses []domain.CourseID
	for n := range 64 {
		courses = append(courses, domain.CourseID(fmt.Sprint("course-", n)))
		send(t, sender, courses[n], 1, 3)
	}
	var mu sync.Mutex
	busy, done := make(map[int]bool), make(map[string]bool)
	handle := func(_ context.Context, letters []ports.QueuedCommand) error {
		partition := nats.PartitionOf(letters[0].Command.Actions[0].CourseID())
		mu.Lock()
		if busy[partition] {
			t.Errorf("two have partition %d", partition)
		}
		busy[partition] = true
		mu.Unlock()
		time.Sleep(20 * time.Millisecond) // so that who does not wait is seen
		mu.Lock()
		defer mu.Unlock()
		busy[partition] = false
		for _, l := range letters {
			done[l.Command.Key] = true
		}
		return nil
	}
	for range 4 {
		start(t, connect(t, b.URL()), handle)
	}
	requireSoon(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(done) == 3*len(courses)
	})
}

// Consumers are the broker's, and somebody may remove them: their partitions are begun anew.
func TestAConsumerIsRemoved(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL(), nats.WithLeaseTime(short))
	log := newLog()
	start(t, bus, func(_ context.Context, letters []ports.QueuedCommand) error {
		log.add(letters)
		return nil
	})
	send(t, bus, "c", 1, 10)
	log.until(t, "c 10")
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	requireSoon(t, func() bool {
		info, err := queue.Info(t.Context())
		return err == nil && info.State.Consumers == ports.Partitions
	})
	for name := range queue.ConsumerNames(t.Context()).Name() {
		if err := queue.DeleteConsumer(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	send(t, bus, "c", 11, 20)
	log.until(t, "c 20")
	log.requireOrder(t, "c", 20)
}

// Somebody takes messages from under a worker's hands: he notices that some are missing, and begins anew with the first of them.
func TestMessagesGoElsewhere(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL(), nats.WithLeaseTime(short))
	log, inside, leave := newLog(), make(chan bool, 1), make(chan bool)
	start(t, bus, func(_ context.Context, letters []ports.QueuedCommand) error {
		if letters[0].Command.Key == "c 1" {
			inside <- true
			<-leave
		}
		log.add(letters)
		return nil
	})
	send(t, bus, "c", 1, 1)
	<-inside
	send(t, bus, "c", 2, 20)
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	stolen := 0
	for name := range queue.ConsumerNames(t.Context()).Name() {
		c, err := queue.Consumer(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := c.FetchNoWait(5)
		if err != nil {
			t.Fatal(err)
		}
		for range batch.Messages() {
			stolen++
		}
	}
	close(leave)
	log.until(t, "c 20")
	log.requireOrder(t, "c", 20)
	if stolen != 5 {
		t.Errorf("%d messages were taken away", stolen)
	}
}

// A worker begins before the broker is there, and goes on when the broker was away.
func TestWorkWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startProxy(t, nil)
	bus := connect(t, p.url, nats.WithLeaseTime(short))
	log := newLog()
	start(t, bus, func(_ context.Context, letters []ports.QueuedCommand) error {
		log.add(letters)
		return nil
	})
	b := startBroker(t, dir)
	send(t, connect(t, b.URL()), "c", 1, 10)
	p.to(b)
	log.until(t, "c 10")
	b.Close()
	b = startBroker(t, dir)
	p.to(b)
	send(t, connect(t, b.URL()), "c", 11, 20)
	log.until(t, "c 20")
	log.requireOrder(t, "c", 20)
}

// Senders whose connection breaks lose nothing, and no command comes before one of its course that was sent before.
func TestSendersOverBrokenConnections(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	log := newLog()
	start(t, connect(t, b.URL()), func(_ context.Context, letters []ports.QueuedCommand) error {
		log.add(letters)
		return nil
	})
	const each = 150
	var senders sync.WaitGroup
	for _, name := range []string{"one", "other"} {
		p := startProxy(t, b)
		p.breakAfter(2, func() int { return 30_000 })
		bus := connect(t, p.url)
		var commands []ports.Command
		for n := 1; n <= each; n++ {
			for on := range 3 {
				commands = append(commands, command(domain.CourseID(fmt.Sprint(name, "-", on)), n))
			}
		}
		senders.Go(func() {
			for done, begun := 0, time.Now(); done < len(commands) && time.Since(begun) < 20*time.Second; {
				n, _ := bus.Send(t.Context(), commands[done:])
				done += n
			}
		})
	}
	senders.Wait()
	for _, name := range []string{"one", "other"} {
		for on := range 3 {
			course := domain.CourseID(fmt.Sprint(name, "-", on))
			requireSoon(t, func() bool {
				log.mu.Lock()
				defer log.mu.Unlock()
				return slices.Contains(log.keys, fmt.Sprint(course, " ", each))
			})
			log.requireOrder(t, course, each)
		}
	}
}

func requireSoon(t testing.TB, come func() bool) {
	t.Helper()
	for begun := time.Now(); !come(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("waited in vain")
		}
	}
}

// Who has nothing to do costs the broker next to nothing.
func TestIdleWorkersAreQuiet(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	log := newLog()
	start(t, bus, func(_ context.Context, letters []ports.QueuedCommand) error {
		log.add(letters)
		return nil
	})
	send(t, bus, "c", 1, 1)
	log.until(t, "c 1")
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	requireSoon(t, func() bool {
		info, err := queue.Info(t.Context())
		return err == nil && info.State.Consumers == ports.Partitions
	})
	time.Sleep(100 * time.Millisecond)
	before := bus.Sent()
	time.Sleep(time.Second)
	if sent := bus.Sent() - before; sent > 60 {
		t.Errorf("in a second an idle worker sent %d messages", sent)
	}
}
