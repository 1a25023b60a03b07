package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres/pgtest"
)

// defaultCommitDelay is the configured duration of a commit, on a server with its files in memory: long enough that nothing else
// determines it.
const defaultCommitDelay = 500 * time.Microsecond

// A postgresServer is a PostgreSQL server of the bench. It syncs as any other.
type postgresServer struct {
	admin string // URL of its superuser
	conn  *pgx.Conn
	delay time.Duration
}

// postgres returns the server, with the default duration of a commit. It starts it at the first call.
func (b *bench) postgres() (*postgresServer, error) {
	if b.postgresServer != nil {
		return b.postgresServer, b.postgresServer.setCommitDelay(b.ctx, defaultCommitDelay)
	}
	// No checkpoint while measuring: it would slow only one of the two servers.
	admin, stop, err := pgtest.Start(b.memory, "commit_siblings=0", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=1h")
	if err != nil {
		return nil, err
	}
	b.cleanup(stop)
	conn, err := pgx.Connect(b.ctx, admin)
	if err != nil {
		return nil, err
	}
	b.cleanup(func() { _ = conn.Close(context.Background()) })
	b.postgresServer = &postgresServer{admin: admin, conn: conn}
	return b.postgresServer, b.postgresServer.setCommitDelay(b.ctx, defaultCommitDelay)
}

// setCommitDelay makes every commit take that long from now on.
func (s *postgresServer) setCommitDelay(ctx context.Context, delay time.Duration) error {
	if s.delay == delay {
		return nil
	}
	s.delay = -1 // unknown if this fails
	for _, statement := range []string{fmt.Sprintf("ALTER SYSTEM SET commit_delay = %d", delay.Microseconds()), "SELECT pg_reload_conf()"} {
		if _, err := s.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	// The server tells all its processes at once.
	err := waitForZero(ctx, 5*time.Millisecond, "processes of PostgreSQL with the old commit_delay", func() (old int64, err error) {
		err = s.conn.QueryRow(ctx, "SELECT count(*) FROM pg_settings WHERE name = 'commit_delay' AND setting <> $1", fmt.Sprint(delay.Microseconds())).Scan(&old)
		return old, err
	})
	if err == nil {
		s.delay = delay
	}
	return err
}

// newDatabase creates a database. Its owner is a new user whose only privilege is to create roles. It returns the URLs of the owner
// and of the superuser.
func (s *postgresServer) newDatabase(ctx context.Context, name string) (owner, admin string, err error) {
	if owner, err = s.newUser(ctx, name+"_owner", name, "CREATEROLE"); err != nil {
		return "", "", err
	}
	_, err = s.conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s_owner", name, name))
	return owner, s.url(name, nil), err
}

// newUser creates a user, and returns the user's URL of a database.
func (s *postgresServer) newUser(ctx context.Context, name, database, privilege string) (string, error) {
	password := rand.Text()
	_, err := s.conn.Exec(ctx, fmt.Sprintf("CREATE USER %s NOSUPERUSER NOBYPASSRLS %s PASSWORD '%s'", name, privilege, password))
	return s.url(database, url.UserPassword(name, password)), err
}

// url returns the URL of a database for a user; for the superuser if user is nil.
func (s *postgresServer) url(database string, user *url.Userinfo) string {
	address, err := url.Parse(s.admin)
	if err != nil {
		panic(err) // it has been used to connect
	}
	address.Path = "/" + database
	if user != nil {
		address.User = user
	}
	return address.String()
}
