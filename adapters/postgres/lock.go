package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// channel is the channel of notifications. Its name, and the text of the advisory lock, are promises: older and newer
// programs on one database must exclude and notify each other.
const channel = "roster_journal"

const (
	lockInterval   = 200 * time.Millisecond // between two attempts to take a lock
	silenceTimeout = 10 * time.Second       // without a notification, until the connection is checked
	answerTimeout  = 5 * time.Second        // for the server's answer to a short statement
)

// A session holds an advisory lock and listens for notifications, on a connection of its own.
//
// States: it waits for the lock, by trying every [lockInterval]; it holds the lock while do runs; it ends.
//
// Failure: the lock ends with its session. If the connection is lost, the context of do ends at once, and WithLock returns
// an error. A connection on which nothing arrives is checked after [silenceTimeout], and so is whether its server can write.
type session struct {
	name string
	conn *pgx.Conn
}

// withLock implements [ports.Locker].
func withLock(config *pgx.ConnConfig) func(ctx context.Context, name string, notified func(string), do func(context.Context) error) error {
	return func(ctx context.Context, name string, notified func(string), do func(context.Context) error) error {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			defer closeConn(conn)
			err = waitForLock(ctx, conn, name)
		}
		if err != nil {
			return fmt.Errorf("postgres: %w: wait for the lock %s: %v", ports.ErrUnavailable, name, err)
		}
		return session{name, conn}.run(ctx, notified, do)
	}
}

// closeConn ends a session, which frees its lock.
func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	_ = conn.Close(ctx) // the session ends even if it fails
	<-conn.PgConn().CleanupDone()
}

// waitForLock returns when the session holds the lock. It polls: a session that waits inside the server would keep VACUUM from
// removing what has changed in any table since.
func waitForLock(ctx context.Context, conn *pgx.Conn, name string) error {
	for {
		locked, err := tryLock(conn, name)
		if err != nil || locked {
			return err
		}
		if err := sqlstore.Sleep(ctx, lockInterval); err != nil {
			return err
		}
	}
}

// tryLock takes the lock if it is free, and listens.
func tryLock(conn *pgx.Conn, name string) (locked bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended('roster turn ' || $1, 0))", name).Scan(&locked)
	if err != nil || !locked {
		return false, err
	}
	// A server keeps the lock of a client that vanished until keepalives fail.
	_, err = conn.Exec(ctx, "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; LISTEN "+
		channel, pgx.QueryExecModeSimpleProtocol)
	return true, err
}

// run calls do, and ends its context when the connection is lost.
func (s session) run(ctx context.Context, notified func(string), do func(context.Context) error) (err error) {
	doing, stop := context.WithCancel(ctx)
	lost := make(chan error, 1)
	go func() {
		defer stop()
		lost <- s.listen(doing, notified)
	}()
	defer func() {
		stop()
		if cause := <-lost; cause != nil {
			err = errors.Join(fmt.Errorf("postgres: %w: the lock %s is lost: %v", ports.ErrUnavailable, s.name, cause), err)
		}
	}()
	return do(doing)
}

// listen passes notifications on until ctx ends, or the connection is lost, which is an error.
func (s session) listen(ctx context.Context, notified func(string)) error {
	notified("") // of what was committed before LISTEN
	for {
		waiting, cancel := context.WithTimeout(ctx, silenceTimeout)
		notification, err := s.conn.WaitForNotification(waiting)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			notified(notification.Payload)
		default:
			if err := s.check(); err != nil {
				return err
			}
		}
	}
}

// check returns an error if the connection is lost, or its server cannot write any more: then the lock excludes no one on the server
// that can.
func (s session) check() error {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	var readOnly bool
	err := s.conn.QueryRow(ctx, "SELECT current_setting('transaction_read_only')::boolean").Scan(&readOnly)
	if err == nil && readOnly {
		err = errors.New("the server is read-only")
	}
	return err
}
