//go:build wireinject

// This page shows which adapter serves which port, in each of the three programs: serve, worker and the command line.
//
// Wire makes wire_gen.go from it (go generate ./cmd/roster/app): plain Go that the program is built from. It constructs in
// the order of dependencies, and cleans up in the reverse order: bus and broker, telemetry, then the store.
//
// A provider that chooses switches on the configuration, and is in the file of what it chooses: openStore (store.go),
// connectBus (broker.go), newAuthenticator (auth.go), newCache (serve.go), newTelemetry and newAdmin (telemetry.go).

package app

import (
	"context"

	"github.com/google/wire"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/observe"
	"example.com/roster/adapters/worker"
	"example.com/roster/application"
	"example.com/roster/ports"
)

func newServe(ctx context.Context, p *program, c serve) (*server, func(), error) {
	panic(wire.Build(
		wire.Struct(new(server), "*"),
		wire.Struct(new(background), "*"),
		wire.FieldsOf(new(*program), "options", "configuration"),

		// Driven ports. Storage is memory, SQLite or PostgreSQL; ports.Clock and ports.IDs are the application's own.
		openStore,
		instrumentStore, // ports.Store
		wire.Bind(new(ports.Outbox), new(Storage)),
		wire.Bind(new(ports.Locker), new(Storage)),

		// ports.Publisher and ports.Queue: NATS JetStream, embedded or external.
		wire.FieldsOf(new(serve), "events"),
		connectBus,
		instrumentPublisher,
		wire.Bind(new(ports.Queue), new(*nats.Bus)),

		// The core: group commit and a cache in front of it.
		newPurgingService,
		newBatcher,
		newCache,
		instrumentService, // ports.Service, of which each entry point has a part

		// HTTP. The authenticator is the local key's or that of an OpenID Connect provider.
		listenHTTP,
		wire.FieldsOf(new(serve), "oidc"),
		newAuthenticator,
		newHTTPOptions,
		newHTTP,
		wire.Bind(new(httpapi.Service), new(ports.Service)),
		wire.Bind(new(httpapi.Observer), new(*observe.Telemetry)),

		// In the background: the schedule, the relay and the worker.
		wire.Bind(new(ports.Maintenance), new(ports.Service)),
		newRelay,
		worker.New,
		newQueueHandler,
		wire.Bind(new(ports.Commands), new(ports.Service)),
		wire.Bind(new(ports.DeadLetters), new(ports.Service)),

		// Telemetry.
		wire.FieldsOf(new(serve), "metrics"),
		newTelemetry,
		newTracedLog,
		newAdmin,
	))
}

func newWorker(ctx context.Context, p *program, c work) (*workerProcess, func(), error) {
	panic(wire.Build(
		wire.Struct(new(workerProcess), "*"),
		wire.Struct(new(background), "*"),
		wire.FieldsOf(new(*program), "options", "configuration"),
		wire.FieldsOf(new(work), "events", "metrics"),

		// Driven ports, as in serve.
		openStore, instrumentStore, wire.Bind(new(ports.Outbox), new(Storage)), wire.Bind(new(ports.Locker), new(Storage)),
		connectBus, instrumentPublisher, wire.Bind(new(ports.Queue), new(*nats.Bus)),

		// The core: what works a queue has batches already.
		newPurgingService, wire.Bind(new(plainService), new(*application.Service)), instrumentService,

		// In the background, as in serve.
		wire.Bind(new(ports.Maintenance), new(ports.Service)),
		newRelay, worker.New, newQueueHandler,
		wire.Bind(new(ports.Commands), new(ports.Service)), wire.Bind(new(ports.DeadLetters), new(ports.Service)),

		// Telemetry, as in serve.
		newTelemetry, newTracedLog, newAdmin,
	))
}

func newCommandLine(ctx context.Context, p *program) (*cli.Session, func(), error) {
	panic(wire.Build(
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore,
		wire.Bind(new(ports.Store), new(Storage)),
		newService,
		wire.Bind(new(ports.Service), new(*application.Service)),
		newSession,
	))
}
