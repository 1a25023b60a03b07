package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/ports"
)

// channel is where processes tell each other of commits.
const channel = "roster_journal"

const (
	turnPoll = 200 * time.Millisecond // between looks at whether a turn is free
	quiet    = 10 * time.Second       // how long nothing is heard before the connection is tried
	answer   = 5 * time.Second        // how long the server may take for a word
)

// turns gives turns by advisory locks, which end with their session. Each turn has a connection of its own, on which it
// hears meanwhile what other processes commit.
func turns(config *pgx.ConnConfig) func(ctx context.Context, name string, heard func(string), do func(context.Context) error) error {
	return func(ctx context.Context, name string, heard func(string), do func(context.Context) error) error {
		t, err := take(ctx, config, name)
		if err != nil {
			return fmt.Errorf("postgres: %w: wait for the turn of %s: %v", ports.ErrUnavailable, name, err)
		}
		return t.run(ctx, heard, do)
	}
}

// A turn is a session that holds the lock.
type turn struct {
	name string
	conn *pgx.Conn
}

// take connects, and looks again and again whether the lock is free: a session that waits inside the server would keep it
// from cleaning up what all tables have had since.
func take(ctx context.Context, config *pgx.ConnConfig, name string) (*turn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	t := &turn{name, conn}
	for {
		free, err := t.lock()
		if free && err == nil {
			return t, nil
		}
		if err == nil {
			err = pause(ctx, turnPoll)
		}
		if err != nil {
			t.end()
			return nil, err
		}
	}
}

// lock takes the lock if it is free, and listens.
func (t *turn) lock() (free bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answer)
	defer cancel()
	err = t.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended('roster turn ' || $1, 0))", t.name).Scan(&free)
	if err != nil || !free {
		return false, err
	}
	// A server that lost its client without a word keeps the lock until it notices.
	_, err = t.conn.Exec(ctx, "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; LISTEN "+
		channel, pgx.QueryExecModeSimpleProtocol)
	return true, err
}

// run calls do, and ends its context when the connection is lost.
func (t *turn) run(ctx context.Context, heard func(string), do func(context.Context) error) (err error) {
	doing, stop := context.WithCancel(ctx)
	lost := make(chan error, 1)
	go func() {
		defer stop()
		lost <- t.listen(doing, heard)
	}()
	defer func() {
		stop()
		if why := <-lost; why != nil {
			err = errors.Join(fmt.Errorf("postgres: %w: the turn of %s is lost: %v", ports.ErrUnavailable, t.name, why), err)
		}
		t.end()
	}()
	return do(doing)
}

// listen calls heard for what was committed, until ctx ends or the connection is lost, which is an error.
func (t *turn) listen(ctx context.Context, heard func(string)) error {
	heard("") // of what was committed before
	for {
		waiting, cancel := context.WithTimeout(ctx, quiet)
		said, err := t.conn.WaitForNotification(waiting)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			heard(said.Payload)
		default:
			if err := t.alive(); err != nil {
				return err
			}
		}
	}
}

func (t *turn) alive() error {
	ctx, cancel := context.WithTimeout(context.Background(), answer)
	defer cancel()
	return t.conn.Ping(ctx)
}

// end gives the turn back.
func (t *turn) end() {
	ctx, cancel := context.WithTimeout(context.Background(), answer)
	defer cancel()
	_ = t.conn.Close(ctx) // the session ends either way
	<-t.conn.PgConn().CleanupDone()
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
