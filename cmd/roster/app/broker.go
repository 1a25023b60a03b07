package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/observe"
	"example.com/roster/adapters/worker"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// events are the flags about events and commands, of serve and worker.
type events struct {
	natsURL
	Retention time.Duration
}

func (c *events) Flags(f *pflag.FlagSet) {
	c.natsURL.Flags(f)
	f.DurationVar(&c.Retention, "retention", 0, "Keep all events for `TIME`, such as 8760h; purge older ones that are published and superseded; 0 keeps all.")
}

// natsURL is the address of an external broker.
type natsURL struct{ URL string }

func (c *natsURL) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "nats-url", "", "Use NATS with JetStream at `URL`: nats://…, or several separated by commas; default, except for worker: the broker embedded in serve.")
}

// connectBus connects to the external broker if there is one, else to one that it starts in this process. The cleanup disconnects,
// and stops the embedded broker.
func connectBus(ctx context.Context, e events, c configuration, log *slog.Logger) (*nats.Bus, func(), error) {
	if e.URL == "" {
		return startBroker(c, log)
	}
	bus, err := nats.Connect(e.URL, nats.Options{Log: log})
	if err != nil {
		return nil, nil, err
	}
	if err := bus.Ready(ctx); err != nil {
		log.Warn("broker is not ready", "error", err)
	}
	return bus, bus.Close, nil
}

// startBroker starts the embedded broker, which is as durable as the database, and connects to it.
func startBroker(c configuration, log *slog.Logger) (*nats.Bus, func(), error) {
	b, err := broker.Start(c.brokerDir(), broker.Options{InMemory: !c.durable()})
	if err != nil {
		return nil, nil, err
	}
	bus, err := nats.Connect(b.URL(), nats.Options{Log: log, InProcess: b, InMemory: !c.durable()})
	if err != nil {
		b.Close()
		return nil, nil, err
	}
	return bus, func() { bus.Close(); b.Close() }, nil
}

// brokerDir is the directory of the embedded broker.
func (c configuration) brokerDir() string { return filepath.Join(c.DataDir, "nats") }

// newPurgingService returns the core on a store. It purges journals, if there is a retention.
func newPurgingService(s ports.Store, e events) *application.Service {
	return application.New(s, application.WithRetention(e.Retention))
}

func newRelay(outbox ports.Outbox, locker ports.Locker, publisher ports.Publisher, log *slog.Logger) *application.Relay {
	return &application.Relay{
		Outbox: outbox, Locker: locker, Publisher: publisher,
		OnError: func(err error) { log.Warn("relay failed, retrying", "error", err) },
	}
}

// A queueHandler runs a batch of queued commands.
type queueHandler func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)

func newQueueHandler(c ports.Commands, d ports.DeadLetters, t *observe.Telemetry, log *slog.Logger) queueHandler {
	return t.QueueHandler(worker.New(c, d, log).Handle)
}
