package app

import (
	"context"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
)

// inMemory is the database that ends with the process.
type inMemory struct{}

func (c configuration) memory() (database, error) {
	if c.DatabaseURL == "memory:" {
		return inMemory{}, nil
	}
	return nil, nil
}

func (inMemory) open(_ context.Context, w watch, options []application.Option) (*core, func(), error) {
	return memoryCore(w, options), func() {}, nil
}

func (inMemory) migrate(context.Context) error { return errNoTables }

func (inMemory) schema(context.Context) (schema, error) { return schema{}, errNoTables }

func (inMemory) lasts() bool { return false }

var errNoTables = cli.UsageError{Detail: "memory: has no tables to migrate"}

func newMemstore() *memstore.Store { return memstore.New() }

func alwaysReady() func(context.Context) error { return func(context.Context) error { return nil } }
