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

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// How many connections do Updates, how many read, how many look at the outbox, and how many are for all other writing: none
// waits for one that another kind has.
const (
	updaters = 16
	readers  = 16
	relays   = 4
	writers  = 4
)

// A Store is opened by [Open], and safe for concurrent use.
type Store struct{ *sqlstore.Store }

var (
	_ ports.Store  = (*Store)(nil)
	_ ports.Outbox = (*Store)(nil)
	_ ports.Locker = (*Store)(nil)
)

// Open opens the database at a URL, or a keyword/value string, as libpq takes them. It does not migrate: [Migrate] does.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	o := opening{
		read: url, through: func(c driver.Connector) driver.Connector { return c }, configured: func(*pgx.ConnConfig) {},
	}
	for _, option := range options {
		option(&o)
	}
	config, err := configuration(url)
	if err != nil {
		return nil, err
	}
	read, err := connect(o.read)
	if err != nil {
		return nil, err
	}
	o.configured(config)
	write := connector(config)
	reader := pool(o.through(reading{read}), readers)
	if err := engine.Check(ctx, reader); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	trips, err := newTrips(config, updaters)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &Store{sqlstore.New(engine, sqlstore.Database{
		Begin: trips.begin,
		Close: trips.pool.Close,
		Write: pool(o.through(write), writers),
		Read:  reader,
		Fresh: pool(o.through(write), relays),
		Turn:  turns(config),
	})}, nil
}

// An Option changes how [Open] opens a database.
type Option func(*opening)

type opening struct {
	read       string
	through    func(driver.Connector) driver.Connector
	configured func(*pgx.ConnConfig)
}

// ReadAt has queries read at another URL: as a user who may do no more, or from a replica. What a replica has not yet
// heard of is not seen, so a caller may miss for a moment what he has just changed.
func ReadAt(url string) Option { return func(o *opening) { o.read = url } }

// Configured changes how the store's connections are made, all but those that only read: the dialer, or a tracer.
func Configured(change func(*pgx.ConnConfig)) Option {
	return func(o *opening) { o.configured = change }
}

// Through puts something between the store and its connections by way of database/sql: all but those of Updates.
func Through(through func(driver.Connector) driver.Connector) Option {
	return func(o *opening) { o.through = through }
}

func connect(url string) (driver.Connector, error) {
	config, err := configuration(url)
	if err != nil {
		return nil, err
	}
	return connector(config), nil
}

func configuration(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	// bun sends values as part of the text, so a statement prepared for later would never be met again.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

func connector(config *pgx.ConnConfig) driver.Connector {
	return stdlib.GetConnector(*config, stdlib.OptionAfterConnect(check))
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
