// Package sqlstore is the part of a [ports.Store] in a SQL database that any database would share, on bun. Package sqlite
// opens one, and holds what is its own.
package sqlstore

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"example.com/roster/cmd/bare/ports"
)

var _ ports.Store = (*Store)(nil)

// A Driver is what would differ between databases: package sqlite has one.
type Driver struct {
	Name       string        // in errors
	Dialect    goose.Dialect // of the migrations
	Migrations fs.FS         // has the folder migrations
	Versioned  string        // a query: whether the table of the migrations that ran exists
	Fault      func(error) Fault
}

// Pools are the connections to one database.
type Pools struct {
	Write *bun.DB // for transactions that write
	Read  *bun.DB
}

// A Store is opened by package sqlite, and safe for concurrent use.
type Store struct {
	reader // on connections of its own, so that it never waits for a write
	pools  Pools
}

// A reader reads what is committed.
type reader struct {
	driver Driver
	db     bun.IDB
}

// New returns a store that owns the pools.
func New(driver Driver, pools Pools) *Store { return &Store{reader{driver, pools.Read}, pools} }

// Close closes the connections. No other method may be running.
func (s *Store) Close() error { return errors.Join(s.pools.Write.Close(), s.pools.Read.Close()) }

// Ready returns nil if the database can be read, has the tables that this program knows, and lets a transaction write.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.driver.CheckSchema(ctx, s.pools.Read); err != nil {
		return err
	}
	return s.inTx(ctx, "try to write", s.driver.tenant(""), func(context.Context, bun.Tx) error { return nil })
}
