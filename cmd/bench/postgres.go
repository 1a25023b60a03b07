package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
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
	stop  func()
	delay time.Duration
}

// postgres returns the server, with the default duration of a commit. It starts it at the first call.
func (b *bench) postgres() (_ *postgresServer, err error) {
	if b.postgresServer == nil {
		// No checkpoint while measuring: it would slow only one of the two servers.
		b.postgresServer, err = b.startPostgres(b.memory, "commit_siblings=0", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=1h")
		if err != nil {
			return nil, err
		}
	}
	return b.postgresServer, b.postgresServer.setCommitDelay(b.ctx, defaultCommitDelay)
}

// startPostgres starts a server with its files in a new folder of dir, and settings as name=value. It stops with the bench.
func (b *bench) startPostgres(dir string, settings ...string) (*postgresServer, error) {
	admin, stop, err := pgtest.Start(dir, settings...)
	if err != nil {
		return nil, err
	}
	b.cleanup(stop)
	conn, err := pgx.Connect(b.ctx, admin)
	if err != nil {
		return nil, err
	}
	b.cleanup(func() { _ = conn.Close(context.Background()) })
	// The bench's own sessions are left out of the server's CPU. The workers of a parallel query would be counted when they have ended.
	_, err = conn.Exec(b.ctx, "ALTER ROLE CURRENT_USER SET max_parallel_workers_per_gather = 0")
	return &postgresServer{admin: admin, conn: conn, stop: stop}, err
}

// setCommitDelay makes every commit take that long from now on.
func (s *postgresServer) setCommitDelay(ctx context.Context, delay time.Duration) error {
	if s.delay == delay {
		return nil
	}
	s.delay = -1 // unknown if this fails
	err := s.set(ctx, "commit_delay", fmt.Sprint(delay.Microseconds()))
	if err == nil {
		s.delay = delay
	}
	return err
}

// set changes a setting of the running server.
func (s *postgresServer) set(ctx context.Context, name, value string) error {
	for _, statement := range []string{fmt.Sprintf("ALTER SYSTEM SET %s = %s", name, value), "SELECT pg_reload_conf()"} {
		if _, err := s.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	// The server tells all its processes at once.
	return waitForZero(ctx, 5*time.Millisecond, "processes of PostgreSQL with the old "+name, func() (old int64, err error) {
		err = s.conn.QueryRow(ctx, "SELECT count(*) FROM pg_settings WHERE name = $1 AND setting <> $2", name, value).Scan(&old)
		return old, err
	})
}

// withoutAutovacuum calls do while the server vacuums no table by itself: one that it vacuums costs CPU that no load causes then.
func (s *postgresServer) withoutAutovacuum(ctx context.Context, do func() error) error {
	if err := s.set(ctx, "autovacuum", "off"); err != nil {
		return err
	}
	err := waitForZero(ctx, 20*time.Millisecond, "tables being vacuumed", func() (running int64, err error) {
		err = s.conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'").Scan(&running)
		return running, err
	})
	if err == nil {
		err = do()
	}
	return errors.Join(err, s.set(context.WithoutCancel(ctx), "autovacuum", "on"))
}

// copyDatabase copies a database, to which nothing is connected.
func (s *postgresServer) copyDatabase(ctx context.Context, from, to string) error {
	_, err := s.conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", to, from))
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

// databaseName returns the name of the database in a URL.
func databaseName(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		panic(err) // it is one of this server's
	}
	return strings.TrimPrefix(u.Path, "/")
}

// inDatabase returns the URL of another database of the same server and user.
func inDatabase(databaseURL, name string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		panic(err) // it is one of this server's
	}
	u.Path = "/" + name
	return u.String()
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
