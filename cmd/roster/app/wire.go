//go:build wireinject

// One injector for each kind of store. `go generate` makes wire_gen.go of them, plain Go that the program is built from.

package app

import (
	"context"

	"github.com/google/wire"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlstore"
	"example.com/roster/ports"
)

func memoryCore(w watch) *core {
	panic(wire.Build(newMemstore, wire.Bind(new(ports.Store), new(*memstore.Store)), alwaysReady, newService, newCore))
}

func sqliteCore(ctx context.Context, at location, w watch) (*core, func(), error) {
	panic(wire.Build(openSQLite, wire.Bind(new(ports.Store), new(*sqlstore.Store)), storeReady, newService, newCore))
}

func postgresCore(ctx context.Context, at location, reads readLocation, w watch) (*core, func(), error) {
	panic(wire.Build(openPostgres, wire.Bind(new(ports.Store), new(*sqlstore.Store)), storeReady, newService, newCore))
}
