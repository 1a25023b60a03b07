package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/domain"
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
	messages, err := s.Unpublished(t.Context(), 10)
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

// A pooler by transaction is refused before anything runs on it, whatever session it chooses, and also if others use it at that time.
func TestPoolerByTransactionIsRefused(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, postgres.Migrate)
	serve := pgtest.User(t, database, "roster_serve", "roster_upkeep", "roster_relay")
	for _, setting := range []string{"server_round_robin = 0", "server_round_robin = 1"} {
		url := startPgBouncer(t, "transaction", serve, setting)
		var opening sync.WaitGroup
		for range 8 {
			opening.Go(func() {
				s, err := postgres.Open(t.Context(), url)
				if err == nil {
					s.Close()
				}
				if v, ok := errors.AsType[*domain.Violation](err); !ok || v.Field != "database-url" || !strings.Contains(v.Detail, "pool_mode") {
					t.Errorf("%s: opened with %v", setting, err)
				}
			})
		}
		opening.Wait()
	}
}

// If a pool of sessions is too small for a process, the error says how many connections it needs.
func TestPoolOfTooFewSessions(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, postgres.Migrate)
	url := startPgBouncer(t, "session", pgtest.User(t, database, "roster_serve", "roster_upkeep", "roster_relay"), "default_pool_size = 3")
	s := openBoth(t, url, database)
	release, ended := holdLock(t, s)
	var holders sync.WaitGroup
	held, end := make(chan bool), make(chan bool)
	for range 2 {
		holders.Go(func() {
			err := s.Update(t.Context(), ports.Need{Tenant: tenant}, func(ports.Loaded) (ports.Changes, error) {
				held <- true
				<-end
				return ports.Changes{}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		portstest.Receive(t, "an update that holds a session", held)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // steady: no session becomes free before it ends
	defer cancel()
	if err := change(ctx, s, "c", grow); !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "needs 26, or 42") {
		t.Errorf("with too few sessions: %v", err)
	}
	close(end)
	holders.Wait()
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
func startPgBouncer(t *testing.T, mode, database string, settings ...string) string {
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
%s
`, server.Port(), port, users, mode, strings.Join(settings, "\n")), 0o644))
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
