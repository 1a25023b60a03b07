package postgres

import (
	"embed"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"example.com/roster/adapters/internal/sqlstore"
)

// setTenant tells whose rows a transaction is about, for row-level security.
const setTenant = "SELECT set_config('app.tenant', $1, true)"

//go:embed migrations
var migrations embed.FS

var engine = sqlstore.Engine{
	Name:       "postgres",
	Dialect:    goose.DialectPostgres,
	Migrations: migrations,
	Versioned:  "SELECT to_regclass('goose_db_version') IS NOT NULL",
	// Row-level security asks for the tenant. A client that is gone without a word must not keep its locks.
	Enter:  "SELECT set_config('app.tenant', ?, true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	Upkeep: "SELECT set_config('role', 'roster_upkeep', true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	// No mark is waited for on the disk: what loses one is told again. What the relay looks up was written a moment ago, so it
	// is in memory and found by its key at once; the planner would rather read the whole table.
	Relay: "SELECT set_config('role', 'roster_relay', true), set_config('synchronous_commit', 'off', true), " +
		"set_config('random_page_cost', '0.1', true), set_config('idle_in_transaction_session_timeout', '60s', true)",
	Notify:  "SELECT pg_notify('" + channel + "', ?)",
	RowLock: "NO KEY UPDATE",
	Lateral: true,
	Table:   unnested,
	Fault:   fault,
}

// fault translates what the driver says. https://www.postgresql.org/docs/current/errcodes-appendix.html
func fault(err error) sqlstore.Fault {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return faultOf(said)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.SafeToRetry(err) {
		return sqlstore.Unavailable
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return sqlstore.Lost
	}
	return sqlstore.Broken
}

func faultOf(said *pgconn.PgError) sqlstore.Fault {
	switch said.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return sqlstore.Conflict
	case "23505": // what is not there can't be locked: two may have made the same
		if slices.Contains([]string{"courses_pkey", "replies_pkey"}, said.ConstraintName) {
			return sqlstore.Conflict
		}
		return sqlstore.Broken
	case "40003", "57P01", "57P02", "57P05": // completion unknown; the server ends the connection
		return sqlstore.Lost
	case "55P03", "25006", "3D000", "42501": // lock timeout, read-only, no such database, a role not granted
		return sqlstore.Unavailable
	}
	switch said.Code[:min(2, len(said.Code))] {
	case "08": // connection
		return sqlstore.Lost
	case "28", "53", "57", "58": // who are you, resources, operator, operating system
		return sqlstore.Unavailable
	}
	return sqlstore.Broken
}
