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
	"example.com/roster/domain"
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

// natsURL is the address of an external broker, and how to connect to it.
type natsURL struct {
	URL             string
	Creds, NKey, CA string
	Replicas        int
}

func (c *natsURL) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "nats-url", "", "Use NATS with JetStream at `URL`: nats://…, or several separated by commas; default, except for worker: the broker embedded in serve.")
	addSecretFile(f, "nats-url")
	f.StringVar(&c.Creds, "nats-creds", "", "Log in to NATS with the JWT and seed in `FILE`, as nsc makes it.")
	f.StringVar(&c.NKey, "nats-nkey", "", "Log in to NATS with the seed of a user in `FILE`.")
	f.StringVar(&c.CA, "nats-ca", "", "Accept the certificates of NATS that the PEM authorities in `FILE` signed; this requires TLS.")
	f.IntVar(&c.Replicas, "nats-replicas", 0, "Create missing streams with `N` copies; default: 3, or 1 if NATS has too few servers.")
}

func (c natsURL) options(log *slog.Logger) nats.Options {
	return nats.Options{Log: log, Creds: c.Creds, NKey: c.NKey, CA: c.CA, Replicas: c.Replicas}
}

// validate reads the files, so that nothing is opened if one is missing or malformed.
func (c natsURL) validate() error {
	if c.URL != "" {
		return nats.Validate(c.URL, c.options(nil))
	}
	if c != (natsURL{}) {
		return &domain.Violation{Field: "nats-url", Detail: "must be given with --nats-creds, --nats-nkey, --nats-ca or --nats-replicas"}
	}
	return nil
}

// connectBus connects to the external broker if there is one, else to one that it starts in this process. The cleanup disconnects,
// and stops the embedded broker.
func connectBus(ctx context.Context, e events, c configuration, log *slog.Logger) (*nats.Bus, func(), error) {
	if e.URL == "" {
		return startBroker(c, log)
	}
	bus, err := nats.Connect(e.URL, e.options(log))
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
	bus, err := nats.Connect(b.URL(), nats.Options{Log: log, InProcess: b, InMemory: !c.durable(), Replicas: 1})
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
