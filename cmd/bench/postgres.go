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

// usual is how long a commit waits, by configuration alone: long enough that nothing else decides how long it takes. It is the
// reference, on a server whose files are in memory.
const usual = 500 * time.Microsecond

// A postgresServer is a server of the bench's own. It syncs as any other does.
type postgresServer struct {
	admin string // URL of its superuser
	conn  *pgx.Conn
	delay time.Duration
}

func (b *bench) postgres() (*postgresServer, error) {
	if b.server != nil {
		return b.server, nil
	}
	// No checkpoint in between: it would fall on one of a pair.
	admin, stop, err := pgtest.Start(b.memory, "commit_siblings=0", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=1h")
	if err != nil {
		return nil, err
	}
	b.atEnd(stop)
	conn, err := pgx.Connect(b.ctx, admin)
	if err != nil {
		return nil, err
	}
	b.atEnd(func() { _ = conn.Close(context.Background()) })
	b.server = &postgresServer{admin: admin, conn: conn}
	return b.server, b.server.wait(b.ctx, usual)
}

// wait has every commit wait for so long from now on.
func (s *postgresServer) wait(ctx context.Context, delay time.Duration) error {
	if s.delay == delay {
		return nil
	}
	for _, statement := range []string{fmt.Sprintf("ALTER SYSTEM SET commit_delay = %d", delay.Microseconds()), "SELECT pg_reload_conf()"} {
		if _, err := s.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	s.delay = delay
	time.Sleep(100 * time.Millisecond) // until its processes have heard of it
	return nil
}

// fresh makes a database that belongs to a new user of no privileges but to make roles, and returns the URLs of him and of the
// superuser to it.
func (s *postgresServer) fresh(ctx context.Context, name string) (owner, admin string, err error) {
	if owner, err = s.user(ctx, name+"_owner", name, "CREATEROLE"); err != nil {
		return "", "", err
	}
	_, err = s.conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s_owner", name, name))
	return owner, s.at(name, nil), err
}

// user makes a user, and returns his URL to a database.
func (s *postgresServer) user(ctx context.Context, name, database, privilege string) (string, error) {
	password := rand.Text()
	_, err := s.conn.Exec(ctx, fmt.Sprintf("CREATE USER %s NOSUPERUSER NOBYPASSRLS %s PASSWORD '%s'", name, privilege, password))
	return s.at(database, url.UserPassword(name, password)), err
}

// at is the URL of a user to a database; of the superuser where there is none.
func (s *postgresServer) at(database string, user *url.Userinfo) string {
	address, err := url.Parse(s.admin)
	if err != nil {
		panic(err) // it was connected to
	}
	address.Path = "/" + database
	if user != nil {
		address.User = user
	}
	return address.String()
}
