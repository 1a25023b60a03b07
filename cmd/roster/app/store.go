//go:generate go tool wire gen .

package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Storage is what the program needs of a database.
type Storage interface {
	ports.Store
	ports.Outbox
	ports.Locker
}

// openStore opens the database that the configuration names, unless the program is given a store. The cleanup closes it.
func openStore(ctx context.Context, o Options, c configuration) (Storage, func(), error) {
	if o.Store != nil {
		return o.Store, func() {}, nil
	}
	d, err := c.database()
	if err != nil {
		return nil, nil, err
	}
	s, err := d.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	closer, ok := s.(io.Closer)
	if !ok {
		return s, func() {}, nil
	}
	return s, func() { _ = closer.Close() }, nil
}

// A database is a kind of store at its address.
type database struct {
	open    func(context.Context) (Storage, error)
	migrate func(context.Context) error // nil: it has no tables
	schema  func(context.Context) (sqlite.Schema, error)
	checks  []check // for doctor
}

// database returns the database that the configuration names.
func (c configuration) database() (*database, error) {
	if d, err := c.postgres(); d != nil || err != nil {
		return d, err
	}
	switch path, named := strings.CutPrefix(c.DatabaseURL, "sqlite:"); {
	case c.DatabaseURL == "":
		return inSQLite(filepath.Join(c.DataDir, "roster.db"), c.readOnly), nil
	case named && path != "":
		return inSQLite(path, c.readOnly), nil
	case !c.durable():
		return &database{open: func(context.Context) (Storage, error) { return memstore.New(), nil }, checks: memoryChecks}, nil
	}
	return nil, &domain.Violation{Field: "database-url", Detail: "must be sqlite:PATH, postgres://… or memory:"}
}

// durable reports whether the database still has its data at the next start.
func (c configuration) durable() bool { return c.DatabaseURL != "memory:" }

// inSQLite is a database in a file. Opening it migrates it, since other processes rarely use it, unless it is opened read-only.
func inSQLite(path string, readOnly bool) *database {
	open := func(ctx context.Context) (*sqlite.Store, error) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("%w: the data directory: %w (choose another with --data-dir)", domain.ErrInvalidArgument, err)
		}
		return sqlite.Open(ctx, path)
	}
	return &database{
		open: func(ctx context.Context) (Storage, error) {
			if readOnly {
				return sqlite.OpenReadOnly(path)
			}
			return open(ctx)
		},
		migrate: func(ctx context.Context) error {
			s, err := open(ctx)
			if err != nil {
				return err
			}
			return s.Close()
		},
		schema: func(ctx context.Context) (sqlite.Schema, error) { return sqlite.ReadSchema(ctx, path) },
		checks: sqliteChecks(path),
	}
}

// ready returns a function that returns an error if the store is unavailable.
func ready(s Storage) func(context.Context) error {
	if r, ok := s.(interface{ Ready(context.Context) error }); ok {
		return r.Ready
	}
	return func(context.Context) error { return nil }
}

// newService returns the core for one command.
func newService(s Storage) ports.Service { return application.New(s) }
