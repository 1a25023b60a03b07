package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// relays measures the relay against the rate of enrolling: how many events it publishes per second to the broker inside, in
// batches and one at a time, and how many commands 64 callers of the core do. The metrics are of PostgreSQL.
func relays(b *bench) error {
	for b.round = range min(b.rounds, 3) {
		lite, err := b.relayed("SQLite", func(dir string) (storage, error) {
			return sqlite.Open(b.ctx, filepath.Join(dir, "roster.db"))
		})
		if err != nil {
			return err
		}
		lite.tell(b, "SQLite")
		server, err := b.relayed("PostgreSQL", func(string) (storage, error) {
			user, _, err := b.migrated(fmt.Sprintf("roster_relay%d", b.number()))
			if err != nil {
				return nil, err
			}
			return postgres.Open(b.ctx, user)
		})
		if err != nil {
			return err
		}
		server.tell(b, "PostgreSQL")
		b.results.metric("relay_vs_enroll", server.relayed/server.enrolled)
		b.results.metric("relay_batch_vs_single", server.relayed/server.single)
	}
	return nil
}

// rates are commands or events per second, and for how long the oldest event waits at the end when all is done side by side.
type rates struct{ enrolled, relayed, single, lag float64 }

func (r rates) tell(b *bench, store string) {
	b.results.figure(store+", enrolling by the core, 64 callers", "/s", r.enrolled)
	b.results.figure(store+", relay, in batches", "events/s", r.relayed)
	b.results.figure(store+", relay, one at a time", "events/s", r.single)
	b.results.figure(store+", relay beside enrolling, the oldest event waits", "s", r.lag)
}

// relayed measures a fresh store.
func (b *bench) relayed(name string, open func(dir string) (storage, error)) (r rates, err error) {
	w, err := b.newWire(open)
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	defer w.close()
	if r.enrolled, err = w.enroll(2 * b.during); err != nil {
		return r, err
	}
	if _, err = w.relay(0); err != nil { // what enrolling left behind
		return r, err
	}
	if r.relayed, err = w.fillAndRelay(size(b.options, 50_000, 10_000), 0); err != nil {
		return r, err
	}
	if r.single, err = w.fillAndRelay(size(b.options, 500, 200), 1); err != nil {
		return r, err
	}
	r.lag, err = w.together(2 * b.during)
	return r, err
}

// A storage is what the relay and the core need of a store.
type storage interface {
	ports.Store
	ports.Outbox
	ports.Locker
	io.Closer
}

// A wire is a store with courses, and a broker, and what is between them.
type wire struct {
	ctx     context.Context
	store   storage
	service *application.Service
	group   *application.Batcher
	bus     *nats.Bus
	ends    []func()
	learner atomic.Int64
}

func (b *bench) newWire(open func(dir string) (storage, error)) (*wire, error) {
	dir, err := b.folder("")
	if err != nil {
		return nil, err
	}
	store, err := open(dir)
	if err != nil {
		return nil, err
	}
	w := &wire{ctx: b.ctx, store: store, service: application.New(store), ends: []func(){func() { _ = store.Close() }}}
	w.group = application.NewBatcher(w.service, application.BatcherOptions{})
	w.ends = append(w.ends, w.group.Close)
	for i := range coursesOfImport / 10 {
		_, err := w.service.PutCourse(w.ctx, staff, courseOf(i), domain.Settings{Title: new("Course"), Capacity: new(100)})
		if err != nil {
			return w.failed(err)
		}
	}
	inside, err := broker.Start(filepath.Join(dir, "nats"))
	if err != nil {
		return w.failed(err)
	}
	w.ends = append(w.ends, inside.Close)
	if w.bus, err = nats.Connect(inside.URL(), nats.WithInProcess(inside)); err != nil {
		return w.failed(err)
	}
	w.ends = append(w.ends, w.bus.Close)
	if err := w.bus.Ready(w.ctx); err != nil {
		return w.failed(err)
	}
	return w, nil
}

func (w *wire) failed(err error) (*wire, error) {
	w.close()
	return nil, err
}

func (w *wire) close() {
	for i := range w.ends {
		w.ends[len(w.ends)-1-i]()
	}
}

func (w *wire) next() ports.Enroll {
	n := int(w.learner.Add(1))
	return ports.Enroll{Course: courseOf(n % (coursesOfImport / 10)), Learner: domain.LearnerID(fmt.Sprintf("learner-%08d", n))}
}

// enroll has 64 callers enroll one learner after another, and returns how many they did per second.
func (w *wire) enroll(during time.Duration) (float64, error) {
	ctx, cancel := context.WithCancelCause(w.ctx)
	defer cancel(nil)
	begun, done := time.Now(), atomic.Int64{}
	var busy sync.WaitGroup
	for range clients {
		busy.Go(func() {
			for time.Since(begun) < during && ctx.Err() == nil {
				command := ports.Command{By: staff, Actions: []ports.Action{w.next()}}
				if _, err := w.group.Submit(context.Background(), command)[0].One(); err != nil {
					cancel(err)
				}
				done.Add(1)
			}
		})
	}
	busy.Wait()
	return float64(done.Load()) / time.Since(begun).Seconds(), context.Cause(ctx)
}

// fillAndRelay leaves n events to be published, and publishes them.
func (w *wire) fillAndRelay(n, atOnce int) (float64, error) {
	for n > 0 {
		var actions []ports.Action
		for range min(n, ports.MaxActions) {
			actions = append(actions, w.next())
		}
		n -= len(actions)
		if err := w.service.Submit(w.ctx, ports.Command{By: staff, Actions: actions})[0].Err; err != nil {
			return 0, err
		}
	}
	return w.relay(atOnce)
}

// relay publishes all that waits, at most so many at once, and returns how many per second; 0 is as many as usual.
func (w *wire) relay(atOnce int) (float64, error) {
	before, err := w.store.Backlog(w.ctx)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	stop := w.start(atOnce)
	defer stop()
	for {
		now, err := w.store.Backlog(w.ctx)
		if err != nil || now.Messages == 0 {
			return float64(before.Messages) / time.Since(begun).Seconds(), err
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (w *wire) start(atOnce int) (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx)
	relay := &application.Relay{Outbox: w.store, Locker: w.store, Publisher: w.bus, OnError: func(err error) { log.Print(err) }, Batch: atOnce}
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// together enrolls while the relay runs, and returns for how long the oldest event waits when it ends.
func (w *wire) together(during time.Duration) (float64, error) {
	stop := w.start(0)
	defer stop()
	if _, err := w.enroll(during); err != nil {
		return 0, err
	}
	waiting, err := w.store.Backlog(w.ctx)
	if err != nil || waiting.Messages == 0 {
		return 0, err
	}
	return time.Since(waiting.Oldest).Seconds(), nil
}
