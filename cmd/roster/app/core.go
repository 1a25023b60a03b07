//go:generate go tool wire gen .

package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlstore"
	"example.com/roster/adapters/sqlstore/postgres"
	"example.com/roster/adapters/sqlstore/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A core is the service on the store that the configuration names: all that the doors need. wire.go puts it together.
type core struct {
	service *application.Service
	outbox  ports.Outbox
	turns   ports.Turns
	ready   func(context.Context) error
}

// A Storage is all that a kind of database offers the core.
type Storage interface {
	ports.Store
	ports.Outbox
	ports.Turns
}

// A database is where things are stored: its kind, and for SQLite the file, for PostgreSQL the whole URL.
type database struct {
	kind  string
	at    location
	reads readLocation  // PostgreSQL, where queries are read by another URL; else empty
	admin adminLocation // PostgreSQL, where another user migrates; else empty
}

// Named, so that wire can tell them apart.
type (
	location      string
	readLocation  string
	adminLocation string
)

// The kinds of database.
const (
	inMemory   = "memory"
	inSQLite   = "sqlite"
	inPostgres = "postgres"
)

// database returns the database that the configuration names.
func (c configuration) database() (database, error) {
	d, err := parseDatabase(c.DatabaseURL, c.DataDir)
	if err != nil {
		return d, err
	}
	d.reads, d.admin = readLocation(c.DatabaseReadURL), adminLocation(c.DatabaseAdminURL)
	if d.kind != inPostgres && (d.reads != "" || d.admin != "") {
		return d, &domain.Violation{Field: "database-url", Detail: "must be postgres://… where others are given to read and to migrate by"}
	}
	return d, nil
}

// parseDatabase reads a --database-url; an empty one is a file in the data directory.
func parseDatabase(url, dataDir string) (database, error) {
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case url == "":
		return database{kind: inSQLite, at: location(filepath.Join(dataDir, "roster.db"))}, nil
	case scheme == "memory" && found && rest == "":
		return database{kind: inMemory}, nil
	case scheme == "sqlite" && rest != "":
		return database{kind: inSQLite, at: location(rest)}, nil
	case (scheme == "postgres" || scheme == "postgresql") && strings.HasPrefix(rest, "//"):
		return database{kind: inPostgres, at: location(url)}, nil
	}
	return database{}, &domain.Violation{Field: "database-url", Detail: "must be sqlite:PATH, postgres://… or memory:"}
}

// A watch is put around the store that the core works on; unwatched is none.
type watch func(ports.Store) ports.Store

func unwatched(s ports.Store) ports.Store { return s }

// open returns the core on d, and what closes it.
func (d database) open(ctx context.Context, w watch, options ...application.Option) (*core, func(), error) {
	switch d.kind {
	case inMemory:
		return memoryCore(w, options), func() {}, nil
	case inSQLite:
		if err := os.MkdirAll(filepath.Dir(string(d.at)), 0o700); err != nil {
			return nil, nil, fmt.Errorf("%w: the data directory: %w (choose another with --data-dir)", domain.ErrInvalidArgument, err)
		}
		return sqliteCore(ctx, d.at, w, options)
	default:
		return postgresCore(ctx, d.at, d.reads, w, options)
	}
}

// The providers of wire.go.

func newMemstore() *memstore.Store { return memstore.New() }

func alwaysReady() func(context.Context) error { return func(context.Context) error { return nil } }

func openSQLite(ctx context.Context, at location) (*sqlstore.Store, func(), error) {
	return closing(sqlite.Open(ctx, string(at)))
}

func openPostgres(ctx context.Context, at location, reads readLocation) (*sqlstore.Store, func(), error) {
	if reads == "" {
		return closing(postgres.Open(ctx, string(at)))
	}
	return closing(postgres.Open(ctx, string(at), postgres.ReadAt(string(reads))))
}

func closing(s *sqlstore.Store, err error) (*sqlstore.Store, func(), error) {
	if err != nil {
		return nil, nil, err
	}
	return s, func() { _ = s.Close() }, nil
}

func storeReady(s *sqlstore.Store) func(context.Context) error { return s.Ready }

func newService(s ports.Store, w watch, options []application.Option) *application.Service {
	return application.New(w(s), options...)
}

func newCore(s *application.Service, outbox ports.Outbox, turns ports.Turns, ready func(context.Context) error) *core {
	return &core{s, outbox, turns, ready}
}
