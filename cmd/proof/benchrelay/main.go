// Command benchrelay measures the relay against the rate of enrolling, in one run, with the broker inside: how many events it
// publishes per second, in batches and one at a time, and how many commands can be done per second by 64 callers at once. It does
// so on a SQLite file, and on PostgreSQL where its programs are at hand, with commits of half a millisecond by configuration
// (commit_delay). The figures are medians of interleaved rounds; their ratios are what counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/sqlstore/pgtest"
	"example.com/roster/adapters/sqlstore/postgres"
	"example.com/roster/adapters/sqlstore/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	courses = 50
	callers = 64
)

var (
	events = flag.Int("events", 50_000, "how many events the relay publishes in a round")
	single = flag.Int("single", 500, "how many it publishes one at a time in a round")
	rounds = flag.Int("rounds", 3, "how many rounds")
	during = flag.Duration("enroll", 3*time.Second, "how long is enrolled in a round")
)

var staff = ports.Actor{Tenant: "default", Subject: "bench", Role: ports.Staff}

func main() {
	log.SetFlags(0)
	flag.Parse()
	measure("SQLite", func(dir string) (storage, error) {
		return sqlite.Open(context.Background(), filepath.Join(dir, "roster.db"))
	})
	memory := ""
	if _, err := os.Stat("/dev/shm"); err == nil {
		memory = "/dev/shm" // so that a commit takes as long as it is told to, whatever the disk
	}
	server, stop, err := pgtest.Start(memory, "commit_delay=500", "commit_siblings=0")
	if err != nil {
		log.Print("not measured on PostgreSQL: ", err)
		return
	}
	defer stop()
	round := 0
	measure("PostgreSQL", func(string) (storage, error) {
		round++
		return fresh(server, fmt.Sprint("bench", round))
	})
}

// fresh opens a new database of a server.
func fresh(server, name string) (storage, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, err
	}
	address, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	address.Path = "/" + name
	if err := postgres.Migrate(ctx, address.String()); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, address.String())
}

// measure prints the medians of rounds, each on a store that open returns.
func measure(name string, open func(dir string) (storage, error)) {
	var enrolled, relayed, one, lag []float64
	for range *rounds {
		b := newBench(open)
		enrolled = append(enrolled, b.enroll(*during))
		b.relay(0) // what enrolling left behind
		b.fill(*events)
		relayed = append(relayed, b.relay(0))
		b.fill(*single)
		one = append(one, b.relay(1))
		lag = append(lag, b.together(*during))
		b.close()
	}
	fmt.Println(name)
	fmt.Printf("  enrolling, %d callers:            %8.0f /s\n", callers, median(enrolled))
	fmt.Printf("  relay, in batches:                %8.0f events/s\n", median(relayed))
	fmt.Printf("  relay, one at a time:             %8.0f events/s\n", median(one))
	fmt.Printf("  relay ÷ enrolling:                %8.1f (goal: at least 1.5)\n", median(relayed)/median(enrolled))
	fmt.Printf("  batches ÷ one at a time:          %8.1f (goal: at least 50)\n", median(relayed)/median(one))
	fmt.Printf("  side by side, waiting at the end: %8.2f s of events\n", median(lag))
}

// A storage is what the relay and the core need of a store.
type storage interface {
	ports.Store
	ports.Outbox
	ports.Turns
	io.Closer
}

// A bench is a store with courses, and a broker.
type bench struct {
	dir     string
	store   ports.Outbox
	turns   ports.Turns
	service *application.Service
	group   *application.Group
	bus     *nats.Bus
	ends    []func()
	learner atomic.Int64
}

func newBench(open func(dir string) (storage, error)) *bench {
	dir, err := os.MkdirTemp("", "benchrelay")
	must(err)
	store, err := open(dir)
	must(err)
	inside, err := broker.Start(filepath.Join(dir, "nats"))
	must(err)
	bus, err := nats.Connect(inside.URL(), nats.WithInProcess(inside))
	must(err)
	must(bus.Ready(context.Background()))
	service := application.New(store)
	group := application.Grouped(service, application.GroupOptions{})
	b := &bench{dir: dir, store: store, turns: store, service: service, group: group, bus: bus, ends: []func(){
		group.Close, bus.Close, inside.Close, func() { must(store.Close()) }, func() { must(os.RemoveAll(dir)) },
	}}
	for i := range courses {
		_, err := b.service.PutCourse(context.Background(), staff, courseOf(i), domain.Settings{Title: new("Course"), Capacity: new(100)})
		must(err)
	}
	return b
}

func (b *bench) close() {
	for _, end := range b.ends {
		end()
	}
}

func courseOf(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("course-%03d", i%courses)) }

func (b *bench) next() ports.Enroll {
	n := int(b.learner.Add(1))
	return ports.Enroll{Course: courseOf(n), Learner: domain.LearnerID(fmt.Sprintf("learner-%08d", n))}
}

// enroll has 64 callers enroll one learner after another, and returns how many they did per second.
func (b *bench) enroll(during time.Duration) float64 {
	begun, done := time.Now(), atomic.Int64{}
	var busy sync.WaitGroup
	for range callers {
		busy.Go(func() {
			for time.Since(begun) < during {
				_, err := b.group.Submit(context.Background(), ports.Command{By: staff, Actions: []ports.Action{b.next()}})[0].One()
				must(err)
				done.Add(1)
			}
		})
	}
	busy.Wait()
	return float64(done.Load()) / time.Since(begun).Seconds()
}

// fill leaves n events to be published.
func (b *bench) fill(n int) {
	for n > 0 {
		var actions []ports.Action
		for range min(n, ports.MaxActions) {
			actions = append(actions, b.next())
		}
		n -= len(actions)
		must(b.service.Submit(context.Background(), ports.Command{By: staff, Actions: actions})[0].Err)
	}
}

// relay publishes all that waits, at most so many at once, and returns how many per second; 0 is as many as usual.
func (b *bench) relay(atOnce int) float64 {
	waiting := b.backlog().Messages
	begun := time.Now()
	stop := b.start(atOnce)
	for b.backlog().Messages > 0 {
		time.Sleep(2 * time.Millisecond)
	}
	took := time.Since(begun)
	stop()
	return float64(waiting) / took.Seconds()
}

func (b *bench) start(atOnce int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	relay := &application.Relay{Outbox: b.store, Turns: b.turns, Publisher: b.bus, Failed: func(err error) { log.Print(err) }, Batch: atOnce}
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// together enrolls while the relay runs, and returns for how long the oldest event waits when it ends.
func (b *bench) together(during time.Duration) float64 {
	stop := b.start(0)
	defer stop()
	b.enroll(during)
	if waiting := b.backlog(); waiting.Messages > 0 {
		return time.Since(waiting.Oldest).Seconds()
	}
	return 0
}

func (b *bench) backlog() ports.Backlog {
	waiting, err := b.store.Backlog(context.Background())
	must(err)
	return waiting
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
