//go:build wireinject

// This page shows which adapter serves which port in serve, in worker and on the command line. Each choice is one provider:
//
//	ports.Store, and a store's other ports    memory, SQLite or PostgreSQL           openStore, in store.go
//	ports.Store                               the same, with a cache or without      newCache, in serve.go
//	ports.Publisher, ports.Queue              NATS, embedded or external             connectBus, in broker.go
//	*identity.Verifier                        the local key or OpenID Connect        newVerifier, in auth.go
//	ports.Service                             the core, in serve with group commit   newBatcher, in serve.go
//	ports.Clock, ports.IDs                    the system's                           application.New
//
// Wire makes wire_gen.go from it (go generate ./cmd/roster/app), plain Go that the program is built from. It constructs in
// the order of dependencies and cleans up in the reverse order.

package app

import (
	"context"

	"github.com/google/wire"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/observe"
	"example.com/roster/application"
	"example.com/roster/ports"
)

func newServe(ctx context.Context, p *program, c serve) (*server, func(), error) {
	panic(wire.Build(
		wire.Struct(new(server), "*"),
		wire.FieldsOf(new(*program), "options", "configuration"),

		// The database.
		openStore,
		instrumentStore,
		newCache,

		// The bus.
		wire.FieldsOf(new(serve), "natsURL"),
		connectBus,
		instrumentPublisher,

		// The core, behind group commit.
		newBatcher,
		newCore,
		wire.FieldsOf(new(serve), "retention"),
		instrumentService,

		// HTTP.
		listenHTTP,
		wire.FieldsOf(new(serve), "oidc"),
		newVerifier,
		newHTTPOptions,
		newLag,
		newHTTP,
		wire.Bind(new(httpapi.Service), new(ports.Service)),
		wire.Bind(new(httpapi.Observer), new(*observe.Telemetry)),

		// The work besides HTTP.
		wire.Struct(new(background), "*"),
		newScheduler,
		newRelay,
		newQueueService,
		newQueueWorker,

		// Telemetry.
		wire.FieldsOf(new(serve), "metrics"),
		newTelemetry,
		newTracedLog,
		newAdmin,
	))
}

// newWorker builds what newServe does, without HTTP. The core needs no batcher, since commands leave the queue in batches.
func newWorker(ctx context.Context, p *program, c work) (*workerProcess, func(), error) {
	panic(wire.Build(
		wire.Struct(new(workerProcess), "*"),
		wire.Struct(new(background), "*"),
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore, instrumentStore, wire.Bind(new(ports.Store), new(observedStore)),
		wire.FieldsOf(new(work), "natsURL"), connectBus, instrumentPublisher, newRelay, newQueueService, newQueueWorker,
		newCore,
		wire.FieldsOf(new(work), "retention"), wire.Bind(new(plainService), new(*application.Service)), instrumentService, newScheduler,
		wire.FieldsOf(new(work), "metrics"), newTelemetry, newTracedLog, newAdmin,
	))
}

func newCommandLine(ctx context.Context, p *program) (*cli.Session, func(), error) {
	panic(wire.Build(
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore, newTracedService, newSession,
	))
}

func newImport(ctx context.Context, p *program) (*importSession, func(), error) {
	panic(wire.Build(
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore, newTracedService, newSession, wire.Struct(new(importSession), "*"),
	))
}
