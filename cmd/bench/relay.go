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

// measureRelays compares the relay with the rate of enrolling: the events that it publishes per second to the embedded broker, in
// batches and one at a time, and the commands per second of 64 callers of the core. The metrics are those of PostgreSQL.
func measureRelays(b *bench) error {
	for b.round = range b.rounds {
		onSQLite, err := b.measureRelay("SQLite", func(dir string) (storage, error) {
			return sqlite.Open(b.ctx, filepath.Join(dir, "roster.db"))
		})
		if err != nil {
			return err
		}
		onSQLite.report(b, "SQLite")
		onPostgres, err := b.measureRelay("PostgreSQL", func(string) (storage, error) {
			user, _, err := b.newMigratedDatabase(fmt.Sprintf("roster_relay%d", b.nextNumber()))
			if err != nil {
				return nil, err
			}
			return postgres.Open(b.ctx, user)
		})
		if err != nil {
			return err
		}
		onPostgres.report(b, "PostgreSQL")
		b.results.metric("relay_vs_enroll", onPostgres.relayed/onPostgres.enrolled)
		b.results.metric("relay_batch_vs_single", onPostgres.relayed/onPostgres.single)
	}
	return nil
}

// rates are commands or events per second; lag is the age in seconds of the oldest unpublished event after enrolling while the relay
// runs.
type rates struct{ enrolled, relayed, single, lag float64 }

func (r rates) report(b *bench, store string) {
	b.results.figure(store+", enrolling by the core, 64 callers", "/s", r.enrolled)
	b.results.figure(store+", relay, in batches", "events/s", r.relayed)
	b.results.figure(store+", relay, one at a time", "events/s", r.single)
	b.results.figure(store+", relay beside enrolling, the oldest event waits", "s", r.lag)
}

// measureRelay measures a new store.
func (b *bench) measureRelay(name string, open func(dir string) (storage, error)) (r rates, err error) {
	f, err := b.newRelayFixture(open)
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	defer f.close()
	if r.enrolled, err = f.enroll(2 * b.during); err != nil {
		return r, err
	}
	if _, err = f.relay(0); err != nil { // the events of enroll
		return r, err
	}
	if r.relayed, err = f.fillAndRelay(longOrShort(b.options, 50_000, 10_000), ports.MaxActions, 0); err != nil {
		return r, err
	}
	if r.single, err = f.fillAndRelay(longOrShort(b.options, 500, 200), 1, 1); err != nil {
		return r, err
	}
	r.lag, err = f.enrollWhileRelaying(2 * b.during)
	return r, err
}

// A storage is a store as the relay and the core need it.
type storage interface {
	ports.Store
	ports.Outbox
	ports.Locker
	io.Closer
}

// A relayFixture is a store with courses, an embedded broker, and the service and bus between them.
type relayFixture struct {
	ctx      context.Context
	store    storage
	service  *application.Service
	batcher  *application.Batcher
	bus      *nats.Bus
	cleanups []func()
	learner  atomic.Int64
}

func (b *bench) newRelayFixture(open func(dir string) (storage, error)) (*relayFixture, error) {
	dir, err := b.tempDir("")
	if err != nil {
		return nil, err
	}
	store, err := open(dir)
	if err != nil {
		return nil, err
	}
	f := &relayFixture{ctx: b.ctx, store: store, service: application.New(store), cleanups: []func(){func() { _ = store.Close() }}}
	f.batcher = application.NewBatcher(f.service, application.BatcherOptions{})
	f.cleanups = append(f.cleanups, f.batcher.Close)
	for i := range importCourses / 10 {
		_, err := f.service.PutCourse(f.ctx, staff, importCourse(i), domain.Settings{Title: new("Course"), Capacity: new(100)})
		if err != nil {
			return f.failed(err)
		}
	}
	embedded, err := broker.Start(filepath.Join(dir, "nats"), broker.Options{})
	if err != nil {
		return f.failed(err)
	}
	f.cleanups = append(f.cleanups, embedded.Close)
	if f.bus, err = nats.Connect(embedded.URL(), nats.Options{InProcess: embedded}); err != nil {
		return f.failed(err)
	}
	f.cleanups = append(f.cleanups, f.bus.Close)
	if err := f.bus.Ready(f.ctx); err != nil {
		return f.failed(err)
	}
	return f, nil
}

func (f *relayFixture) failed(err error) (*relayFixture, error) {
	f.close()
	return nil, err
}

func (f *relayFixture) close() {
	for i := range f.cleanups {
		f.cleanups[len(f.cleanups)-1-i]()
	}
}

func (f *relayFixture) next() ports.Enroll {
	n := int(f.learner.Add(1))
	return ports.Enroll{Course: importCourse(n % (importCourses / 10)), Learner: domain.LearnerID(fmt.Sprintf("learner-%08d", n))}
}

// enroll runs 64 callers that enroll one learner after another, and returns the enrollments per second.
func (f *relayFixture) enroll(during time.Duration) (float64, error) {
	ctx, cancel := context.WithCancelCause(f.ctx)
	defer cancel(nil)
	start, done := time.Now(), atomic.Int64{}
	var callers sync.WaitGroup
	for range clients {
		callers.Go(func() {
			for time.Since(start) < during && ctx.Err() == nil {
				command := ports.Command{By: staff, Actions: []ports.Action{f.next()}}
				if _, err := f.batcher.Submit(context.Background(), command)[0].One(); err != nil {
					cancel(err)
				}
				done.Add(1)
			}
		})
	}
	callers.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), context.Cause(ctx)
}

// fillAndRelay creates n unpublished events, and publishes them. What is committed together, the relay publishes and marks together: so
// the relay's batches are not smaller than the commands.
func (f *relayFixture) fillAndRelay(n, actionsPerCommand, batch int) (float64, error) {
	for n > 0 {
		var actions []ports.Action
		for range min(n, actionsPerCommand) {
			actions = append(actions, f.next())
		}
		n -= len(actions)
		if err := f.service.Submit(f.ctx, ports.Command{By: staff, Actions: actions})[0].Err; err != nil {
			return 0, err
		}
	}
	return f.relay(batch)
}

// relay publishes all unpublished events in batches of at most that size, 0 for the default, and returns the events per second.
func (f *relayFixture) relay(batch int) (float64, error) {
	before, err := f.store.Backlog(f.ctx)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	stop := f.startRelay(batch)
	defer stop()
	err = waitForZero(f.ctx, 2*time.Millisecond, "unpublished events", func() (int64, error) {
		now, err := f.store.Backlog(f.ctx)
		return int64(now.Messages), err
	})
	return float64(before.Messages) / time.Since(start).Seconds(), err
}

func (f *relayFixture) startRelay(batch int) (stop func()) {
	ctx, cancel := context.WithCancel(f.ctx)
	relay := &application.Relay{Outbox: f.store, Locker: f.store, Publisher: f.bus, OnError: func(err error) { log.Print(err) }, Batch: batch}
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// enrollWhileRelaying enrolls while the relay runs, and returns the age in seconds of the oldest unpublished event at the end.
func (f *relayFixture) enrollWhileRelaying(during time.Duration) (float64, error) {
	stop := f.startRelay(0)
	defer stop()
	if _, err := f.enroll(during); err != nil {
		return 0, err
	}
	backlog, err := f.store.Backlog(f.ctx)
	if err != nil || backlog.Messages == 0 {
		return 0, err
	}
	return time.Since(backlog.Oldest).Seconds(), nil
}
