package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/observe"
	"example.com/roster/adapters/worker"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// late is how long an event may wait to be published before /readyz tells of it.
const late = 10 * time.Second

// background is what serve and worker have of events and commands.
type background struct {
	natsURL
	Retention time.Duration
}

func (b *background) Flags(f *pflag.FlagSet) {
	b.natsURL.Flags(f)
	f.DurationVar(&b.Retention, "retention", 0, "Keep all events for `TIME`, such as 8760h; purge older ones that are published and superseded; 0 keeps all.")
}

// natsURL names a broker that is not inside.
type natsURL struct{ URL string }

func (c *natsURL) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "nats-url", "", "Use NATS with JetStream at `URL`: nats://…, or several separated by commas; default: the broker embedded in serve.")
}

// exchange publishes events and works the queue off until beside ends.
func (c natsURL) exchange(p *program, beside *besides, core *core, service ports.Service, telemetry *observe.Telemetry, log *slog.Logger) error {
	bus, disconnect, err := c.connect(p, log)
	if err != nil {
		return err
	}
	beside.last = append(beside.last, disconnect)
	if c.URL != "" { // the one inside is there
		if err := bus.Ready(p.ctx); err != nil {
			log.Warn("broker is not ready", "error", err)
		}
	}
	beside.parts = append(beside.parts,
		httpapi.Part{Name: "broker", Ready: bus.Ready, Optional: true}, // without it the service goes on: events wait
		httpapi.Part{Name: "relay", Ready: core.relayed, Optional: true})
	if err := telemetry.Backlog(systemClock{}, core.outbox.Backlog); err != nil {
		return err
	}
	relay := &application.Relay{
		Outbox: core.outbox, Locker: core.turns, Publisher: telemetry.Publisher(bus),
		OnError: func(err error) { log.Warn("relay failed, retrying", "error", err) },
	}
	beside.run(p.ctx, relay.Run)
	w := worker.New(service, service, log)
	beside.run(p.ctx, func(ctx context.Context) {
		if err := bus.Work(ctx, telemetry.QueueHandler(w.Handle)); err != nil {
			log.Error("worker stopped", "error", err)
		}
	})
	return nil
}

// connect connects to the broker at the URL, or starts the one inside.
func (c natsURL) connect(p *program, log *slog.Logger) (*nats.Bus, func(), error) {
	if c.URL == "" {
		d, err := p.database()
		if err != nil {
			return nil, nil, err
		}
		return p.inside(log, d.lasts())
	}
	bus, err := nats.Connect(c.URL, nats.WithLogger(log))
	if err != nil {
		return nil, nil, err
	}
	return bus, bus.Close, nil
}

// inside starts the broker in the process and connects to it. What it keeps lasts as long as the store does.
func (p *program) inside(log *slog.Logger, lasting bool) (*nats.Bus, func(), error) {
	var brokerOptions []broker.Option
	options := []nats.Option{nats.WithLogger(log)}
	if !lasting {
		brokerOptions, options = append(brokerOptions, broker.InMemory()), append(options, nats.WithMemory())
	}
	b, err := broker.Start(p.brokerDir(), brokerOptions...)
	if err != nil {
		return nil, nil, err
	}
	bus, err := nats.Connect(b.URL(), append(options, nats.WithInProcess(b))...)
	if err != nil {
		b.Close()
		return nil, nil, err
	}
	return bus, func() { bus.Close(); b.Close() }, nil
}

// brokerDir is where the broker inside keeps its files.
func (p *program) brokerDir() string { return filepath.Join(p.DataDir, "nats") }

// relayed returns an error where events wait longer than they should.
func (c *core) relayed(ctx context.Context) error {
	b, err := c.outbox.Backlog(ctx)
	if err != nil || b.Messages == 0 {
		return err
	}
	if lag := time.Since(b.Oldest).Round(time.Second); lag > late {
		return fmt.Errorf("%w: %d events are unpublished, the oldest for %s", ports.ErrUnavailable, b.Messages, lag)
	}
	return nil
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }
