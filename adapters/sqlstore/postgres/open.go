// Package postgres opens a [sqlstore.Store] in a PostgreSQL database.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"example.com/roster/adapters/sqlstore"
	"example.com/roster/ports"
)

// How many connections write, and how many read: a reader never waits for one that a writer has.
const (
	writers = 16
	readers = 16
)

// Open opens the database at a URL, or a keyword/value string, as libpq takes them. It does not migrate: [Migrate] does.
func Open(ctx context.Context, url string) (*sqlstore.Store, error) {
	return OpenThrough(ctx, url, func(c driver.Connector) driver.Connector { return c })
}

// OpenThrough is [Open] with something between the store and the connections that write: a tracer, or what makes them fail.
func OpenThrough(ctx context.Context, url string, through func(driver.Connector) driver.Connector) (*sqlstore.Store, error) {
	c, err := connect(url)
	if err != nil {
		return nil, err
	}
	read := pool(c, readers)
	if err := engine.Check(ctx, read); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	return sqlstore.New(engine, pool(through(c), writers), read, nil), nil
}

func connect(url string) (driver.Connector, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	// bun sends values as part of the text, so a statement prepared for later would never be met again.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return stdlib.GetConnector(*config, stdlib.OptionAfterConnect(check)), nil
}

// check refuses a server that would take a backslash in a value for more than that: bun does not.
func check(_ context.Context, conn *pgx.Conn) error {
	if got := conn.PgConn().ParameterStatus("standard_conforming_strings"); got != "on" {
		return fmt.Errorf("standard_conforming_strings must be on, not %q", got)
	}
	return nil
}

func pool(c driver.Connector, size int) *bun.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return bun.NewDB(db, pgdialect.New())
}
