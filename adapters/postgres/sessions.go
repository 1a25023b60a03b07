package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const locks = 2 // that a process holds at once: of the relay and of the schedule

// errTooFew explains why a connection was not given in time.
var errTooFew = fmt.Errorf("the pooler in front of the database may have too few connections: one process needs %d, or %d if its queries run there, too",
	updaters+writers+relays+locks, updaters+writers+relays+locks+readers)

// checkSessions reports whether there is a pooler between the pool and the server. It returns an error if that gives each transaction
// another session: prepared statements, locks and LISTEN would be lost, all of them without an error at that moment. If the server is
// unavailable, it is not checked.
func checkSessions(ctx context.Context, pool *pgxpool.Pool) (pooled bool, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return false, nil
	}
	defer conn.Release()
	session, err := sessionOf(ctx, conn)
	if err != nil {
		return false, uncheckable(err)
	}
	if session == conn.Conn().PgConn().PID() {
		return false, nil // a pooler tells its clients a process id of its own
	}
	other, err := pool.Acquire(ctx)
	if err != nil {
		return true, uncheckable(err)
	}
	defer other.Release()
	// A pooler by transaction gives the session that became free last, to either connection, or each in turn: of two sessions, conn gets
	// the same one as long as other gets one between. Other processes may take one first.
	for range 10 {
		tx, err := other.Begin(ctx)
		if err != nil {
			return true, uncheckable(err)
		}
		taken, err := sessionOf(ctx, tx)
		during, err2 := sessionOf(ctx, conn)
		err3 := tx.Rollback(ctx)
		after, err4 := sessionOf(ctx, conn)
		again, err5 := sessionOf(ctx, conn)
		if err := errors.Join(err, err2, err3, err4, err5); err != nil {
			return true, uncheckable(err)
		}
		if taken == session || during != session || after != session || again != session {
			return true, &domain.Violation{Field: "database-url", Detail: "must not lead through a pooler that gives each transaction another session: " +
				"set its pool_mode to session, or name the server itself"}
		}
	}
	return true, nil
}

func uncheckable(err error) error {
	return fmt.Errorf("postgres: %w: check the pooler in front of the database: %w", ports.ErrUnavailable, tooFew(err))
}

// sessionOf returns the process id of the server's session.
func sessionOf(ctx context.Context, conn interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (pid uint32, err error) {
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	return pid, err
}

// tooFew adds to the error of a connection that was not given in time what may be wrong.
func tooFew(err error) error {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if errors.Is(err, context.DeadlineExceeded) || ok && refused.Code == "08P01" { // PgBouncer's query_wait_timeout
		return fmt.Errorf("%w: %w", err, errTooFew)
	}
	return err
}
