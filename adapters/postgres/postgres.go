// Package postgres is a [ports.Store] in a PostgreSQL database, which many processes may share.
//
// # Roles
//
// Row-level security keeps tenants apart: a transaction sees the rows of the tenant that it names in its first message, and
// no rows if it names none. A statement that forgets its tenant finds nothing, not everything. Superusers and users with
// BYPASSRLS are exempt from row-level security, so the service must not log in as one.
//
// [Migrate] needs a user who may create tables. That user owns them, and is subject to row-level security, too. If they are
// missing, Migrate creates four roles. They belong to the server, are shared by its databases, and cannot log in:
//
//   - roster_serve may do what the service does. It can change no table, and remove no course and no event.
//   - roster_read may read courses, standings and journals.
//   - roster_upkeep may see when replies were stored, of all tenants, and remove them. It sees nothing else.
//   - roster_relay may see the journals of all tenants, mark what is published, and remove entries that later ones supersede.
//     It sees no standing, no reply and no dead letter.
//
// If the migrating user has no CREATEROLE, Migrate fails and says so. An administrator then runs once:
//
//	CREATE ROLE roster_serve; CREATE ROLE roster_read; CREATE ROLE roster_upkeep; CREATE ROLE roster_relay;
//
// and, after the first migration, for the users that the service logs in as:
//
//	CREATE USER roster_app LOGIN PASSWORD '…';      -- --database-url
//	CREATE ROLE roster_background NOINHERIT;
//	GRANT roster_upkeep, roster_relay TO roster_background;
//	GRANT roster_serve, roster_background TO roster_app;
//	CREATE USER roster_queries LOGIN PASSWORD '…';  -- --database-read-url
//	GRANT roster_read TO roster_queries;
//	REVOKE CONNECT ON DATABASE … FROM PUBLIC;
//	GRANT CONNECT ON DATABASE … TO roster_serve, roster_read;
//
// Expiry sets the role roster_upkeep inside its transaction; the relay and the purge set roster_relay. A user who is not a
// member of the role gets an error. Membership alone shows nothing: the policies ask for the role that is set, which a
// member does not have by inheritance.
//
// The role between, which does not inherit, has one purpose: roster_app may set roster_upkeep and roster_relay, and has none of
// their privileges otherwise. A direct grant works, too, but then the user of the service can delete events of a tenant, in any
// transaction. What sets a role can still do what the role may.
//
// A login without CONNECT can't listen. LISTEN has no privileges, so every user who can connect hears when something was committed: also
// one who is granted only roster_read. A notification holds only a random name of its sender. Builds before migration 00006 add the
// names of the tenants and courses that changed.
//
// # Sessions
//
// A lock ([Store.WithLock]) belongs to its session, which also listens for notifications. So --database-url must lead to
// the server itself, or through a pooler that gives each connection a session of its own; transaction pooling does not
// work. Updates have their statements prepared in a session, too. Everything else needs transactions only.
//
// # Migrations that change rows
//
// They run as the owner of the tables, who is subject to row-level security. They take FORCE off, and put it back, in their
// own transaction:
//
//	ALTER TABLE standings NO FORCE ROW LEVEL SECURITY;
//	UPDATE standings …;
//	ALTER TABLE standings FORCE ROW LEVEL SECURITY;
//
// The lock that the first statement takes keeps every other session out until the last.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// The sizes of the pools. No kind of work waits for a connection that another kind holds.
const (
	updaters = 16 // Updates
	readers  = 16 // a Reader
	relays   = 4  // the outbox
	writers  = 4  // all other writes
)

const openTimeout = 10 * time.Second // for the first answers; a pooler that is full would let a client wait for minutes

// A Store is a [ports.Store], [ports.MaintenanceStore], [ports.ErasureStore], [ports.DeadLetterStore], [ports.Outbox] and
// [ports.Locker]. [Open] returns it. It is safe for concurrent use.
type Store struct{ *sqlstore.Store }

// Open opens the database at a URL, or a keyword/value string, as libpq takes them. It does not migrate: [Migrate] does. It also opens
// without the database of [ReadAt], unless that refuses its user: then queries fail, and [Store.ReadyToQuery] says why.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	o := openOptions{
		readURL: url, through: func(c driver.Connector) driver.Connector { return c }, configure: func(*pgx.ConnConfig) {},
	}
	for _, option := range options {
		option(&o)
	}
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	readConfig, err := parse(o.readURL)
	if err != nil {
		return nil, err
	}
	o.configure(config)
	g := new(generation)
	g.watch(config)
	updates, err := newUpdatePool(config, g, updaters)
	if err != nil {
		return nil, err
	}
	write := pool(o.through(connector(config, g)), writers)
	read := pool(o.through(readConnector{connector(readConfig, new(generation))}), readers)
	closed := func(err error) (*Store, error) {
		updates.Close()
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	reachable := read
	if o.readURL != url && isAway(ctx, read) {
		reachable = write
	}
	if err := pgDriver.CheckSchema(ctx, reachable); err != nil {
		return closed(err)
	}
	pooled, err := checkSessions(ctx, updates)
	if err != nil {
		return closed(err)
	}
	return &Store{sqlstore.New(pgDriver, sqlstore.Pools{
		Begin:    beginOn(updates, pooled),
		Close:    updates.Close,
		Write:    write,
		Read:     read,
		Fresh:    pool(o.through(connector(config, g)), relays),
		WithLock: withLock(config),
	})}, nil
}

// isAway reports whether no server answers, or one that starts or stops: one that refuses the user would do so again.
func isAway(ctx context.Context, db *bun.DB) bool {
	ctx, cancel := context.WithTimeout(ctx, openTimeout/2)
	defer cancel()
	err := db.PingContext(ctx)
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return err != nil && (!ok || refusal.Code == "57P03")
}

// An Option changes how [Open] opens a database.
type Option func(*openOptions)

type openOptions struct {
	readURL   string
	through   func(driver.Connector) driver.Connector
	configure func(*pgx.ConnConfig)
}

// ReadAt makes queries read at another URL: as a user who may only read, or from a replica. A replica lags behind, so a
// caller may miss for a moment what it has just changed.
func ReadAt(url string) Option { return func(o *openOptions) { o.readURL = url } }

// Configured changes how the store's connections are made, except those that only read: the dialer, or a tracer.
func Configured(change func(*pgx.ConnConfig)) Option {
	return func(o *openOptions) { o.configure = change }
}

// Through puts a wrapper around the store's connections of database/sql: all except those of Updates.
func Through(through func(driver.Connector) driver.Connector) Option {
	return func(o *openOptions) { o.through = through }
}

func parse(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	// bun writes values into the text, so no statement comes twice: to prepare one would be in vain.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

func connector(config *pgx.ConnConfig, g *generation) driver.Connector {
	opened := func(ctx context.Context, conn *pgx.Conn) error {
		g.opened(conn)
		return checkServer(ctx, conn)
	}
	return stdlib.GetConnector(*config, stdlib.OptionAfterConnect(opened), stdlib.OptionResetSession(g.reset))
}

// checkServer refuses a server on which a backslash in a text is an escape: bun does not escape it.
func checkServer(_ context.Context, conn *pgx.Conn) error {
	if got := conn.PgConn().ParameterStatus("standard_conforming_strings"); got != "on" {
		return fmt.Errorf("standard_conforming_strings must be on, got %q", got)
	}
	return nil
}

func pool(c driver.Connector, size int) *bun.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(connLifetime)
	return bun.NewDB(db, pgdialect.New())
}

// A Schema is the version of a database's tables, 0 for none, and the latest version that this program knows.
type Schema = sqlstore.Schema

// ReadSchema reads the version of the database's tables, compares their roles, grants and policies with what the migrations make, and
// changes nothing. It compares even if the user may not read the version.
func ReadSchema(ctx context.Context, url string) (Schema, error) {
	config, err := parse(url)
	if err != nil {
		return Schema{}, err
	}
	db := pool(connector(config, new(generation)), 1)
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return Schema{}, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	schema, err := pgDriver.Schema(ctx, db)
	if err != nil {
		schema.Version = schema.Latest
	}
	comparePrivileges(ctx, db.DB, &schema)
	return schema, err
}

// Migrate brings the database's tables up to date, one process at a time: the others wait for up to a minute for an
// advisory lock, which ends with its session. It makes the roles, grants and policies again that the database has lost.
func Migrate(ctx context.Context, url string) error {
	config, err := parse(url)
	if err != nil {
		return err
	}
	db := pool(connector(config, new(generation)), 1)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("postgres: %w: make a lock: %v", ports.ErrInternal, err)
	}
	if err := pgDriver.Migrate(ctx, db, goose.WithSessionLocker(locker)); err != nil {
		return err
	}
	return restorePrivileges(ctx, db)
}

//go:embed migrations
var migrations embed.FS

// In each transaction, a timeout frees the locks of a client that vanished.
var pgDriver = sqlstore.Driver{
	Name:       "postgres",
	Dialect:    goose.DialectPostgres,
	Migrations: migrations,
	Versioned:  "SELECT to_regclass('goose_db_version') IS NOT NULL",
	SetTenant:  "SELECT set_config('app.tenant', ?, true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	SetUpkeep:  "SELECT set_config('role', 'roster_upkeep', true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	// The relay does not wait for the disk: if a crash undoes its COMMIT, the events are published again. What it reads was
	// written a moment ago and is in memory, so an index is cheap; by default the planner would read the whole table.
	SetRelay: "SELECT set_config('role', 'roster_relay', true), set_config('synchronous_commit', 'off', true), " +
		"set_config('random_page_cost', '0.1', true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	Notify:  "SELECT pg_notify('" + channel + "', ?)",
	RowLock: "NO KEY UPDATE",
	Lateral: true,
	Table:   unnest,
	Fault:   fault,
}

// unnest returns rows of texts and integers as an array for each column, which the server reads faster than VALUES.
func unnest(db bun.IDB, rows any) schema.Query {
	slice := reflect.ValueOf(rows).Elem()
	var names, parameters []string
	var arrays []any
	for _, f := range db.Dialect().Tables().Get(slice.Type().Elem()).Fields {
		names = append(names, f.Name)
		if f.IndirectType.Kind() == reflect.String {
			parameters = append(parameters, "?::text[]")
			arrays = append(arrays, pgdialect.Array(arrayOf(slice, f, reflect.Value.String)))
		} else {
			parameters = append(parameters, "?::bigint[]")
			arrays = append(arrays, pgdialect.Array(arrayOf(slice, f, reflect.Value.Int)))
		}
	}
	return db.NewRaw("SELECT * FROM unnest("+strings.Join(parameters, ", ")+") AS r ("+strings.Join(names, ", ")+")", arrays...)
}

func arrayOf[T any](rows reflect.Value, f *schema.Field, value func(reflect.Value) T) []T {
	array := make([]T, rows.Len())
	for i := range array {
		array[i] = value(f.Value(rows.Index(i)))
	}
	return array
}

// fault classifies a driver's error. https://www.postgresql.org/docs/current/errcodes-appendix.html
func fault(err error) sqlstore.Fault {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return faultOf(e)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.SafeToRetry(err) {
		return sqlstore.Unavailable
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return sqlstore.Lost
	}
	return sqlstore.Broken
}

func faultOf(e *pgconn.PgError) sqlstore.Fault {
	switch e.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return sqlstore.Conflict
	case "23505": // a row that is missing can't be locked: two transactions may have inserted the same
		if slices.Contains([]string{"courses_pkey", "replies_pkey"}, e.ConstraintName) {
			return sqlstore.Conflict
		}
		return sqlstore.Broken
	case "40003", "25P03", "25P04", "57P01", "57P02", "57P05": // completion unknown; the server ends the connection
		return sqlstore.Lost
	case "55P03", "25006", "3D000", "42501": // lock timeout, read-only, no such database, a role not granted
		return sqlstore.Unavailable
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08": // connection
		return sqlstore.Lost
	case "28", "53", "57", "58": // authorization, resources, operator, operating system
		return sqlstore.Unavailable
	}
	return sqlstore.Broken
}
