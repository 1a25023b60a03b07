package nats_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// After a renewal that fails, an owner has time for another try while it counts on the lease. It ceases to count on the lease before
// the broker removes it. A worker renews its membership at a heartbeat, also in time.
func TestLeaseTimings(t *testing.T) {
	t.Parallel()
	const lease = time.Minute
	heartbeat, renewal, retry, trusted := nats.LeaseTimings(lease)
	if renewal+retry >= trusted || renewal+heartbeat >= trusted || trusted >= lease {
		t.Errorf("of a lease of %s: a heartbeat each %s, a renewal each %s, another try after %s, trusted for %s",
			lease, heartbeat, renewal, retry, trusted)
	}
}

// The shares of all workers are the partitions, and differ by one at most.
func TestShares(t *testing.T) {
	t.Parallel()
	for n := 1; n <= ports.Partitions+1; n++ {
		shares, sum := nats.Shares(n), 0
		for _, s := range shares {
			sum += s
		}
		if sum != ports.Partitions || slices.Max(shares)-slices.Min(shares) > 1 {
			t.Errorf("the shares of %d workers are %v", n, shares)
		}
	}
}

// If a worker dies, another one gets its unfinished batch first.
func TestTakeover(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	sender := connectWith(t, b.URL(), nats.LeaseTime(short))
	victim, successor := connectWith(t, b.URL(), nats.LeaseTime(short)), connectWith(t, b.URL(), nats.LeaseTime(short))
	send(t, sender, "c", 1, 100)
	handling := make(chan int)
	lost := make(chan error, 1)
	start(t, victim, func(ctx context.Context, commands []ports.QueuedCommand) error {
		handling <- len(commands)
		victim.Close() // as if killed: it can't send anything
		<-ctx.Done()
		lost <- context.Cause(ctx)
		return nil // no reply and no acknowledgement arrives
	})
	if n := <-handling; n != 100 {
		t.Fatalf("%d commands were delivered, want 100", n)
	}
	send(t, sender, "c", 101, 200)
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	log := newLog()
	var first sync.Once // if the successor loses the partition, too, it gets the batch again
	start(t, successor, func(_ context.Context, commands []ports.QueuedCommand) error {
		first.Do(func() {
			select {
			case <-lost:
			default:
				t.Error("the partition has a new owner before the first one's handler was canceled")
			}
			attempts := make(map[int]int)
			for _, c := range commands {
				attempts[c.Attempts]++
			}
			if attempts[1] != 100 || attempts[2] != 100 {
				t.Errorf("commands by attempts: %v", attempts)
			}
			// If the successor dies before it fetches a command, its consumer still says what was delivered to the victim.
			var histories []string
			for c := range queue.ListConsumers(t.Context()).Info() {
				histories = append(histories, fmt.Sprint(c.Config.Metadata["roster.delivered"], " ", c.Config.Metadata["roster.tries"]))
			}
			if !slices.Contains(histories, "100 1") {
				t.Errorf("the histories of consumers are %q, want one with 100 commands delivered once", histories)
			}
		})
		log.add(commands)
		return nil
	})
	log.until(t, "c 200")
	log.requireOrder(t, "c", 200)
}

// An owner learns from the consumer of the previous one which commands were delivered before, and how many times.
func TestDeliveryHistory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		last, done uint64 // delivered to the previous owner, and acknowledged by it
		before     string // the previous owner's own history: 100 commands, delivered so many times
		upTo       uint64
		attempts   int
	}{
		{"nothing delivered", 0, 0, "2", 100, 2},
		{"all done", 200, 200, "2", 0, 0},
		{"what was delivered before is done", 200, 100, "2", 200, 1},
		{"what was delivered before is done in part", 200, 99, "2", 200, 3},
		{"a part of it delivered again, and done", 80, 80, "2", 100, 3},
		{"the first owner", 200, 99, "", 200, 1},
	} {
		info := &jetstream.ConsumerInfo{Delivered: jetstream.SequenceInfo{Stream: c.last}, AckFloor: jetstream.SequenceInfo{Stream: c.done}}
		if c.before != "" {
			info.Config.Metadata = map[string]string{"roster.delivered": "100", "roster.tries": c.before}
		}
		if upTo, attempts := nats.HistoryOf(info); upTo != c.upTo || attempts != c.attempts {
			t.Errorf("%s: up to %d, %d times, want %d and %d", c.name, upTo, attempts, c.upTo, c.attempts)
		}
	}
}

// A worker that loses its connection continues after it reconnects, behind what the others have done meanwhile.
func TestWorkerReconnects(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	p := startProxy(t, b)
	flaky, stable := connectWith(t, p.url, nats.LeaseTime(short)), connectWith(t, b.URL(), nats.LeaseTime(short))
	log := newLog()
	handle := func(_ context.Context, commands []ports.QueuedCommand) error {
		log.add(commands)
		return nil
	}
	send(t, stable, "c", 1, 50)
	start(t, flaky, handle)
	log.until(t, "c 50")
	p.to(nil)
	send(t, stable, "c", 51, 100)
	stop := start(t, stable, handle)
	log.until(t, "c 100")
	stop()
	send(t, stable, "c", 101, 150)
	p.to(b)
	log.until(t, "c 150")
	log.requireOrder(t, "c", 150)
}

// A worker logs when it can't reach the broker and the queue, and when it can again.
func TestWorkerLogsWhetherTheQueueIsAvailable(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	p := startProxy(t, b)
	lines := make(chan string, 1000)
	options := nats.LeaseTime(short)
	options.Log = slog.New(slog.NewTextHandler(lineWriter(lines), nil))
	bus, err := nats.Connect(p.url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	start(t, bus, func(context.Context, []ports.QueuedCommand) error { return nil })
	logs := func(messages ...string) {
		for len(messages) > 0 {
			line := portstest.Receive(t, fmt.Sprintf("%q is logged", messages), lines)
			messages = slices.DeleteFunc(messages, func(m string) bool { return strings.Contains(line, m) })
		}
	}
	p.to(nil)
	logs("broker connection lost", "queue unavailable, commands wait")
	p.to(b)
	logs("broker reconnected", "queue available again")
}

// A lineWriter sends what a log writes.
type lineWriter chan string

func (w lineWriter) Write(line []byte) (int, error) {
	w <- string(line)
	return len(line), nil
}

// Workers that start at the same moment see the same free partitions. Each partition gets one owner.
func TestWorkersThatStartTogether(t *testing.T) {
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
	handle := func(_ context.Context, commands []ports.QueuedCommand) error {
		partition := ports.PartitionOf(commands[0].Command.Actions[0].CourseID())
		mu.Lock()
		if busy[partition] {
			t.Errorf("partition %d has two owners", partition)
		}
		busy[partition] = true
		mu.Unlock()
		time.Sleep(20 * time.Millisecond) // steady: makes it likely that a second owner is noticed
		mu.Lock()
		defer mu.Unlock()
		busy[partition] = false
		for _, c := range commands {
			done[c.Command.Key] = true
		}
		return nil
	}
	for range 4 {
		start(t, connect(t, b.URL()), handle)
	}
	portstest.Eventually(t, "all commands are done", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(done) == 3*len(courses)
	})
}

// If an operator removes a consumer, its partition is acquired again.
func TestConsumerIsRemoved(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.LeaseTime(short))
	log := newLog()
	start(t, bus, func(_ context.Context, commands []ports.QueuedCommand) error {
		log.add(commands)
		return nil
	})
	send(t, bus, "c", 1, 10)
	log.until(t, "c 10")
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "each partition has a consumer", func() bool {
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

// If another client fetches messages from a worker's consumer, the worker notices the gap and continues with the first missing one.
func TestMessagesAreFetchedByAnotherClient(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.LeaseTime(short))
	log, handling, leave := newLog(), make(chan bool, 1), make(chan bool)
	start(t, bus, func(_ context.Context, commands []ports.QueuedCommand) error {
		if commands[0].Command.Key == "c 1" {
			handling <- true
			<-leave
		}
		log.add(commands)
		return nil
	})
	send(t, bus, "c", 1, 1)
	<-handling
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
		t.Errorf("%d messages were fetched by the other client", stolen)
	}
}

// A worker starts before the broker, and continues after the broker restarts.
func TestWorkWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startProxy(t, nil)
	bus := connectWith(t, p.url, nats.LeaseTime(short))
	log := newLog()
	start(t, bus, func(_ context.Context, commands []ports.QueuedCommand) error {
		log.add(commands)
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

// Senders whose connections break lose no command, and the commands of a course keep their order.
func TestSendOrderOverBrokenConnections(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	log := newLog()
	start(t, connect(t, b.URL()), func(_ context.Context, commands []ports.QueuedCommand) error {
		log.add(commands)
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
			for done, started := 0, time.Now(); done < len(commands) && time.Since(started) < 2*time.Minute; {
				n, _ := bus.Send(t.Context(), commands[done:])
				done += n
			}
		})
	}
	senders.Wait()
	for _, name := range []string{"one", "other"} {
		for on := range 3 {
			course := domain.CourseID(fmt.Sprint(name, "-", on))
			portstest.Eventually(t, fmt.Sprint("the last command on ", course, " is handled"), func() bool {
				log.mu.Lock()
				defer log.mu.Unlock()
				return slices.Contains(log.keys, fmt.Sprint(course, " ", each))
			})
			log.requireOrder(t, course, each)
		}
	}
}

// An idle worker causes little load on the broker.
func TestIdleWorkersSendFewMessages(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	log := newLog()
	start(t, bus, func(_ context.Context, commands []ports.QueuedCommand) error {
		log.add(commands)
		return nil
	})
	send(t, bus, "c", 1, 1)
	log.until(t, "c 1")
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "each partition has a consumer", func() bool {
		info, err := queue.Info(t.Context())
		return err == nil && info.State.Consumers == ports.Partitions
	})
	started, before := time.Now(), bus.Sent()
	time.Sleep(time.Second) // steady: the time that has passed is measured
	sent, most := bus.Sent()-before, 60*time.Since(started).Seconds()
	if float64(sent) > most { // steady: the more time passes, the more are right
		t.Errorf("an idle worker sent %d messages, want at most %.0f", sent, most)
	}
}
