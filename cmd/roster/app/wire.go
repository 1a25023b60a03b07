//go:build wireinject

// One injector for each kind of store. `go generate` makes wire_gen.go of them, plain Go that the program is built from.

package app

import (
	"context"

	"github.com/google/wire"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/ports"
)

func memoryCore(w watch, options []application.Option) *core {
	panic(wire.Build(newMemstore,
		wire.Bind(new(ports.Store), new(*memstore.Store)),
		wire.Bind(new(ports.Outbox), new(*memstore.Store)),
		wire.Bind(new(ports.Locker), new(*memstore.Store)),
		alwaysReady, newService, newCore))
}

func sqliteCore(ctx context.Context, at location, w watch, options []application.Option) (*core, func(), error) {
	panic(wire.Build(openSQLite,
		wire.Bind(new(ports.Store), new(*sqlite.Store)),
		wire.Bind(new(ports.Outbox), new(*sqlite.Store)),
		wire.Bind(new(ports.Locker), new(*sqlite.Store)),
		wire.Bind(new(readier), new(*sqlite.Store)),
		storeReady, newService, newCore))
}

func postgresCore(ctx context.Context, at location, reads readLocation, w watch, options []application.Option) (*core, func(), error) {
	panic(wire.Build(openPostgres,
		wire.Bind(new(ports.Store), new(*postgres.Store)),
		wire.Bind(new(ports.Outbox), new(*postgres.Store)),
		wire.Bind(new(ports.Locker), new(*postgres.Store)),
		wire.Bind(new(readier), new(*postgres.Store)),
		storeReady, newService, newCore))
}
