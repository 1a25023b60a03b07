package sqlstore_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// Behind PgBouncer, a store works with a session for each connection. Its reads also work with a session for each transaction.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, postgres.Migrate)
	serve, read := pgtest.User(t, database, "roster_serve", "roster_upkeep", "roster_relay"), pgtest.User(t, database, "roster_read")
	sessions, transactions := startPgBouncer(t, "session", serve), startPgBouncer(t, "transaction", read)
	portstest.TestLocker(t, func(t testing.TB) (one, other ports.Locker) {
		return openBoth(t, sessions, transactions), openBoth(t, sessions, transactions)
	})
	s := openBoth(t, sessions, transactions)
	must(t, change(t.Context(), s, "c", grow))
	for range 3 { // more transactions than the pool has connections
		if c, err := s.Course(t.Context(), tenant, "c"); err != nil || c.ID != "c" {
			t.Errorf("course %+v, %v", c, err)
		}
	}
	messages, err := s.Unpublished(t.Context(), ports.CourseRef{}, 10)
	must(t, err)
	if len(messages) == 0 {
		t.Error("no message is unpublished")
	}
	must(t, s.MarkPublished(t.Context(), messages))
	release, ended := holdLock(t, s)
	s.Await(t.Context(), time.Millisecond)
	release()
	must(t, <-ended)
}

func openBoth(t testing.TB, write, read string) store {
	t.Helper()
	s, err := postgres.Open(t.Context(), write, postgres.ReadAt(read))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// startPgBouncer starts a pooler in a mode in front of a database, and returns the URL that leads through it.
func startPgBouncer(t *testing.T, mode, database string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's, which is not on the PATH of all users
		if _, err := os.Stat(program); err != nil {
			t.Skip("NOT RUN: no pgbouncer on this machine, so no store behind a pooler")
		}
	}
	server, err := url.Parse(database)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	dir, err := os.MkdirTemp("", "roster-pgbouncer-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755)) // another user may run it
	password, _ := server.User.Password()
	users, config := filepath.Join(dir, "users"), filepath.Join(dir, "config")
	must(t, os.WriteFile(users, fmt.Appendf(nil, "%q %q\n", server.User.Username(), password), 0o644))
	must(t, os.WriteFile(config, fmt.Appendf(nil, `[databases]
* = host=127.0.0.1 port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s
pool_mode = %s
default_pool_size = 50
ignore_startup_parameters = extra_float_digits
`, server.Port(), port, users, mode), 0o644))
	args := []string{config}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	pooler := exec.Command(program, args...)
	pooler.Stderr = t.Output()
	must(t, pooler.Start())
	ended := make(chan error, 1)
	go func() { ended <- pooler.Wait() }()
	t.Cleanup(func() {
		_ = pooler.Process.Kill()
		<-ended
	})
	server.Host = fmt.Sprintf("127.0.0.1:%d", port)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, server.String())
		if err == nil {
			must(t, conn.Close(ctx))
			return server.String()
		}
		select {
		case <-ended:
			ended <- nil
			t.Fatalf("pgbouncer has ended: %v", err)
		case <-ctx.Done():
			t.Fatalf("pgbouncer does not answer: %v", err)
		case <-time.After(10 * time.Millisecond): // steady: the next attempt to connect, within two minutes
		}
	}
}
