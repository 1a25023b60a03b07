package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/observe"
	"example.com/roster/adapters/worker"
	"example.com/roster/application"
	"example.com/roster/ports"
)

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
	if c.URL == "" {
		return nil
	}
	return nats.Validate(c.URL, c.options(nil))
}

// connectBus connects to the external broker if there is one, else to one that it starts in this process. The cleanup disconnects,
// and stops the embedded broker.
func connectBus(ctx context.Context, n natsURL, c configuration, log *slog.Logger) (*nats.Bus, func(), error) {
	if n.URL == "" {
		return startBroker(c, log)
	}
	bus, err := nats.Connect(n.URL, n.options(log))
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

// brokerDir is the directory of the embedded broker; "" with --ephemeral.
func (c configuration) brokerDir() string {
	if c.key != nil {
		return ""
	}
	return filepath.Join(c.DataDir, "nats")
}

// findBus connects to the external broker if there is one, else to the one embedded in a serve on the same data directory.
func (c natsURL) findBus(p *program) (*nats.Bus, error) {
	url := c.URL
	if url == "" {
		var err error
		if url, err = broker.Find(p.brokerDir()); err != nil {
			return nil, err
		}
	}
	bus, err := nats.Connect(url, c.options(newLog(p.options, p.configuration)))
	if err != nil {
		return nil, err
	}
	if err := bus.Ready(p.ctx); err != nil {
		bus.Close()
		return nil, err
	}
	return bus, nil
}

func newRelay(s Storage, publisher ports.Publisher, log *slog.Logger) *application.Relay {
	return &application.Relay{
		Outbox: s, Locker: s, Publisher: publisher,
		OnError: func(err error) { log.Warn("relay failed, retrying", "error", err) },
	}
}

// A queueWorker runs the commands of the queue until its context ends.
type queueWorker func(context.Context)

// A queueService saves all commands of a call or, if that fails, none: so the worker can try them again in their order. A batcher would
// save those that do not fail.
type queueService ports.Service

func newQueueService(s *application.Service, t *observe.Telemetry) queueService { return t.Service(s) }

func newQueueWorker(bus *nats.Bus, s queueService, t *observe.Telemetry, log *slog.Logger) queueWorker {
	handle := t.QueueHandler(worker.New(s, s, log).Handle)
	return func(ctx context.Context) {
		if err := bus.Work(ctx, handle); err != nil {
			log.Error("worker stopped", "error", err)
		}
	}
}
