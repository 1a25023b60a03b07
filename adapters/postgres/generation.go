package postgres

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	connLifetime = 30 * time.Minute // so that connections move to a server that was added, or to a name's new address
	readOnly     = "25006"          // read_only_sql_transaction
)

// A generation counts how often a connection that was opened in it led to a server that cannot write: after a failover, connections may
// still lead to the server that is a standby now. Such a connection is closed, and so are all of its generation and earlier ones, each
// when it is to be used next. One of an earlier generation does not raise it: that would close connections to the new primary.
type generation struct{ now atomic.Int64 }

// watch makes the connections of a configuration raise their generation.
func (g *generation) watch(config *pgx.ConnConfig) {
	next := config.OnPgError
	config.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) (keep bool) {
		if err.Code == readOnly {
			if opened, ok := conn.CustomData()[openedIn].(int64); ok {
				g.now.CompareAndSwap(opened, opened+1)
			}
			return false
		}
		return next(conn, err)
	}
}

const openedIn = "roster generation"

// opened notes in which generation a connection was opened.
func (g *generation) opened(conn *pgx.Conn) { conn.PgConn().CustomData()[openedIn] = g.now.Load() }

// current reports whether a connection was opened in this generation.
func (g *generation) current(conn *pgx.Conn) bool {
	return conn.PgConn().CustomData()[openedIn] == g.now.Load()
}

// prepare implements pgxpool's PrepareConn: an old connection is replaced.
func (g *generation) prepare(_ context.Context, conn *pgx.Conn) (bool, error) {
	return g.current(conn), nil
}

// reset does the same for database/sql.
func (g *generation) reset(_ context.Context, conn *pgx.Conn) error {
	if !g.current(conn) {
		return driver.ErrBadConn
	}
	return nil
}
