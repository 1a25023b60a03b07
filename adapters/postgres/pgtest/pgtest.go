// Package pgtest gives tests databases on a PostgreSQL server. The server is that of ROSTER_TEST_POSTGRES_URL, the URL of its
// superuser, which several test binaries may share. Without the variable, each test binary starts a server of its own, for
// which it needs the server's programs (package postgresql of most systems). That server starts on first use and ends with
// the binary, even if that is killed.
package pgtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoPrograms says that this machine has no PostgreSQL to test on, and what to do.
var ErrNoPrograms = errors.New("NOT TESTED ON POSTGRESQL: no initdb and postgres on PATH or in /usr/lib/postgresql/*/bin. " +
	"Install PostgreSQL, or set ROSTER_TEST_POSTGRES_URL to that of a server's superuser")

var (
	running   bool // inside Main
	start     = sync.OnceValues(open)
	stop      func() // nil if no server was started
	superuser *pgx.Conn
	executing sync.Mutex // one statement at a time, by superuser
	templates sync.Map   // of *template, by the code of migrate
)

// Throwaway are the settings of a server whose data need not survive a crash of the machine. Nothing is analyzed in the
// background, so a plan does not depend on the time of day. A login with SCRAM costs as much CPU as the rest of a connection.
// The log of changes is small, because it may be in memory.
var Throwaway = []string{
	"fsync=off", "full_page_writes=off", "autovacuum=off", "password_encryption=md5", "max_connections=500",
	"min_wal_size=32MB", "max_wal_size=64MB",
}

// Main runs the tests and stops the server: os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	running = true
	defer closeServer()
	return m.Run()
}

func closeServer() {
	if superuser != nil {
		for _, r := range pool.free {
			_ = r.drop()
		}
		for _, m := range templates.Range {
			m.(*template).drop()
		}
		superuser.Close(context.Background())
	}
	if stop != nil {
		stop()
	}
}

// Server returns the URL of the server. If there is none, the test is skipped with a message; with CI=true it fails.
func Server(t testing.TB) string {
	t.Helper()
	if !running {
		t.Fatal("pgtest: TestMain must call os.Exit(pgtest.Main(m))")
	}
	address, err := start()
	if errors.Is(err, ErrNoPrograms) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Started requires that a server of the test's own has started: err is that of [NewNode] or [Start]. Without the programs, which a server
// elsewhere does not need, the test is skipped.
func Started(t testing.TB, err error) {
	t.Helper()
	switch {
	case errors.Is(err, ErrNoPrograms):
		t.Skip("NOT RUN: the test starts servers of its own, for which initdb and postgres must be on PATH or in /usr/lib/postgresql/*/bin")
	case err != nil:
		t.Fatal(err)
	}
}

func open() (address string, err error) {
	if address = os.Getenv("ROSTER_TEST_POSTGRES_URL"); address == "" {
		if address, stop, err = Start("", Throwaway...); err != nil {
			return "", err
		}
	}
	superuser, err = pgx.Connect(context.Background(), address)
	return address, err
}

// Start starts a server with settings, each as name=value, until stop is called. Its files are in a new folder of dir; if dir
// is empty, of [Memory], or else of the default folder for temporary files. It is for programs; a test calls [Server].
func Start(dir string, settings ...string) (url string, stop func(), err error) {
	bin, err := programs()
	if err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(cmp.Or(dir, Memory()), "roster-postgres-"); err != nil {
		return "", nil, err
	}
	s := newServer(bin, dir, settings)
	for range 3 { // another process may take the free port first
		if err = s.start(); err == nil {
			return s.url(), s.stop, nil
		}
	}
	s.stop()
	return "", nil, fmt.Errorf("start postgres: %w\n%s", err, s.log.Bytes())
}

// programs returns the directory of the server's programs.
func programs() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		found, err = filepath.EvalSymlinks(found)
		return filepath.Dir(found), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return "", ErrNoPrograms
	}
	return newest(found), nil
}

// newest returns the directory of the highest version: 17 is more than 9.6.
func newest(found []string) string {
	version := func(bin string) float64 {
		n, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(bin)), 64)
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
}

type server struct {
	bin, dir, password string
	settings           []string
	port               int
	log                bytes.Buffer
	ctx                context.Context // of the process
	cancel             context.CancelFunc
	running            sync.WaitGroup
}

func newServer(bin, dir string, settings []string) *server {
	s := &server{bin: bin, dir: dir, settings: settings, password: rand.Text()}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

func (s *server) url() string {
	return fmt.Sprintf("postgres://roster:%s@127.0.0.1:%d/postgres", s.password, s.port)
}

// start creates the server's files and runs it.
func (s *server) start() error {
	data, secret := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := chown(s.dir, secret); err != nil {
		return err
	}
	if _, err := os.Stat(data); err != nil {
		initdb := s.command("initdb", "-D", data, "-U", "roster", "-A", "password", "--pwfile", secret,
			"-E", "UTF8", "--locale", "C", "-N")
		if err := initdb.Run(); err != nil {
			return err
		}
	}
	var err error
	if s.port, err = freePort(); err != nil {
		return err
	}
	args := []string{"-D", data, "-p", fmt.Sprint(s.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	postgres := s.command("postgres", args...)
	ended := make(chan error, 1)
	s.running.Go(func() {
		runtime.LockOSThread() // Linux may end the process when the thread that starts it ends
		ended <- postgres.Run()
	})
	return s.waitReady(ended)
}

// command returns a command that is interrupted when ctx ends, and killed if that does not end it.
func (s *server) command(name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(s.ctx, filepath.Join(s.bin, name), args...)
	c.Dir, c.Stdout, c.Stderr = s.dir, &s.log, &s.log
	c.SysProcAttr = attributes()
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = time.Minute
	return c
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// waitReady returns when the server accepts a connection, or has ended.
func (s *server) waitReady(ended <-chan error) error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		conn, err := pgx.Connect(ctx, s.url())
		cancel()
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case cause := <-ended:
			return errors.Join(cause, err)
		case <-time.After(20 * time.Millisecond): // steady: until the next attempt
		}
	}
}

func (s *server) stop() {
	s.cancel()
	s.running.Wait()
	os.RemoveAll(s.dir)
}

// Database returns the URL of a new database, migrated unless migrate is nil. It is dropped when the test ends. The user in
// the URL owns the database, may create roles, and is a member of roster_upkeep and roster_relay. Row-level security holds
// for this user.
//
// migrate runs once: further databases are copies of the first, with the same owner. So it must be a declared function,
// which depends on nothing but its arguments.
func Database(t testing.TB, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	server := Server(t)
	name, from, owner := unique(), "template1", (*url.Userinfo)(nil)
	if migrate == nil {
		owner = login(t, "CREATEROLE")
	} else {
		m := templateOf(t, migrate)
		from, owner = m.name, m.owner
	}
	execute(t, "CREATE DATABASE %s OWNER %s TEMPLATE %s", name, owner.Username(), from)
	t.Cleanup(func() { execute(t, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name) })
	address := as(t, server, owner)
	address.Path = "/" + name
	return address.String()
}

// A template is a migrated database that others are copied from.
type template struct {
	once  sync.Once
	name  string
	owner *url.Userinfo
	err   error
}

func templateOf(t testing.TB, migrate func(ctx context.Context, url string) error) *template {
	t.Helper()
	code := reflect.ValueOf(migrate).Pointer()
	if name := runtime.FuncForPC(code).Name(); strings.Contains(name, ".func") {
		t.Fatalf("pgtest: migrate is the function literal %s, but it must be a declared function", name)
	}
	found, _ := templates.LoadOrStore(code, new(template))
	m := found.(*template)
	m.once.Do(func() { m.err = m.create(Server(t), migrate) })
	if m.err != nil {
		t.Fatal(m.err)
	}
	return m
}

func (m *template) create(server string, migrate func(ctx context.Context, url string) error) error {
	address, err := url.Parse(server)
	if err != nil {
		return err
	}
	m.name = unique()
	if m.owner, err = newUser("CREATEROLE"); err != nil {
		return err
	}
	if err = try("CREATE DATABASE %s OWNER %s", m.name, m.owner.Username()); err != nil {
		return err
	}
	address.User, address.Path = m.owner, m.name
	if err := migrate(context.Background(), address.String()); err != nil {
		return err
	}
	// Since PostgreSQL 16 a user who makes a role is a member who may not set it, and a grant by the superuser leaves that as it is.
	if err := try("REVOKE roster_upkeep, roster_relay FROM %s", m.owner.Username()); err != nil {
		return err
	}
	return try("GRANT roster_upkeep, roster_relay TO %s", m.owner.Username())
}

func (m *template) drop() {
	if m.owner == nil {
		return
	}
	_ = try("DROP DATABASE IF EXISTS %s WITH (FORCE)", m.name)
	_ = try("DROP USER IF EXISTS %s", m.owner.Username())
}

// User returns a URL to the same database for a new user who is a member of roles and has no other privilege. The user is
// dropped when the test ends.
func User(t testing.TB, database string, roles ...string) string {
	t.Helper()
	Server(t)
	u := login(t, "")
	for _, role := range roles {
		execute(t, "GRANT %s TO %s", role, u.Username())
	}
	return as(t, database, u).String()
}

// login creates a user who has this privilege only.
func login(t testing.TB, privilege string) *url.Userinfo {
	t.Helper()
	user, err := newUser(privilege)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { execute(t, "DROP USER %s", user.Username()) })
	return user
}

func newUser(privilege string) (*url.Userinfo, error) {
	name, password := unique(), rand.Text()
	err := try("CREATE USER %s NOSUPERUSER NOBYPASSRLS %s PASSWORD '%s'", name, privilege, password)
	return url.UserPassword(name, password), err
}

// as returns the URL of a database for another user.
func as(t testing.TB, database string, user *url.Userinfo) *url.URL {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = user
	return u
}

func unique() string { return "roster_test_" + strings.ToLower(rand.Text()) }

// execute runs a statement as superuser, with names in it. It is called after Server.
func execute(t testing.TB, statement string, names ...any) {
	t.Helper()
	if err := try(statement, names...); err != nil {
		t.Fatal(err)
	}
}

func try(statement string, names ...any) error {
	executing.Lock()
	defer executing.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, err := superuser.Exec(ctx, fmt.Sprintf(statement, names...))
	return err
}
