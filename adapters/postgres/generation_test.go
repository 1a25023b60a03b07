package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/roster/adapters/postgres/pgtest"
)

// The first connection that can't write discards all that were opened before. The others say the same later, and discard none that
// was opened since: it may lead to the new primary.
func TestGenerations(t *testing.T) {
	t.Parallel()
	config, err := parse(pgtest.Database(t, Migrate))
	must(t, err)
	g := new(generation)
	g.watch(config)
	pool, err := newUpdatePool(config, g, 4)
	must(t, err)
	defer pool.Close()
	acquire := func() *pgxpool.Conn {
		conn, err := pool.Acquire(t.Context())
		must(t, err)
		return conn
	}
	fail := func(conn *pgxpool.Conn) {
		_, err := conn.Exec(t.Context(), "BEGIN READ ONLY; CREATE TABLE no ()")
		if e, ok := errors.AsType[*pgconn.PgError](err); !ok || e.Code != readOnly {
			t.Fatalf("got %v, want %s", err, readOnly)
		}
		conn.Release()
	}
	first, second, third, idle := acquire(), acquire(), acquire(), acquire()
	pid := idle.Conn().PgConn().PID()
	idle.Release()
	fail(first)
	fresh := acquire()
	if fresh.Conn().PgConn().PID() == pid {
		t.Error("a connection that was opened before the failover is used after it")
	}
	fail(second)
	fail(third)
	if !g.current(fresh.Conn()) {
		t.Error("a connection that was opened after the failover is discarded")
	}
	fail(fresh) // its server can't write either
	again := acquire()
	defer again.Release()
	if g.now.Load() != 2 || !g.current(again.Conn()) {
		t.Errorf("generation %d, want 2", g.now.Load())
	}
}
