// Package pgtest gives tests a PostgreSQL server of their own: one per test binary, started when it is first asked for and
// gone with the binary, however that ends. It needs the server's programs (package postgresql of most systems), or the URL
// of a server in ROSTER_TEST_POSTGRES_URL, as its superuser.
package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNone is why there is no server.
var errNone = errors.New("NOT TESTED ON POSTGRESQL: no initdb and postgres on PATH or in /usr/lib/postgresql/*/bin. " +
	"Install PostgreSQL, or set ROSTER_TEST_POSTGRES_URL to that of a server's superuser")

var (
	running bool // inside Main
	start   = sync.OnceValues(open)
	stop    = func() {}
)

// Main runs the tests and stops the server: os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	running = true
	defer func() { release(); stop() }()
	return m.Run()
}

// Server returns the URL of the server. Where there is none, the test is skipped, loudly; with CI=true it fails.
func Server(t testing.TB) string {
	t.Helper()
	if !running {
		t.Fatal("pgtest: TestMain must call os.Exit(pgtest.Main(m))")
	}
	address, err := start()
	if errors.Is(err, errNone) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func open() (string, error) {
	if address := os.Getenv("ROSTER_TEST_POSTGRES_URL"); address != "" {
		return address, nil
	}
	// It syncs nothing: what a test writes need not outlive the machine.
	address, stops, err := Start("", "fsync=off", "full_page_writes=off")
	if err == nil {
		stop = stops
	}
	return address, err
}

// Start starts a server of these settings, each as name=value, with its files in a new folder of dir (empty: where temporary files
// are kept), until stop is called. It is for programs; a test asks for [Server].
func Start(dir string, settings ...string) (url string, stop func(), err error) {
	bin, err := programs()
	if err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(dir, "roster-postgres-"); err != nil {
		return "", nil, err
	}
	s := &server{bin: bin, dir: dir, settings: settings, password: rand.Text()}
	for range 3 { // a free port may be taken before it is used
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
		return "", errNone
	}
	return slices.Max(found), nil
}

type server struct {
	bin, dir, password string
	settings           []string
	port               int
	log                bytes.Buffer
	process            *os.Process
	ended              chan struct{} // closed when the process has
}

func (s *server) url() string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword("roster", s.password),
		Host:   fmt.Sprintf("127.0.0.1:%d", s.port),
		Path:   "/postgres",
	}
	return u.String()
}

// start makes the server's files and runs it.
func (s *server) start() error {
	data, secret := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := give(s.dir, secret); err != nil {
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
	started := make(chan error)
	s.ended = make(chan struct{})
	go s.run(postgres, started)
	if err := <-started; err != nil {
		return err
	}
	return s.answers()
}

// run stays on the thread that starts the process, for the system may end the process with that thread.
func (s *server) run(c *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	err := c.Start()
	s.process = c.Process
	started <- err
	if err == nil {
		c.Wait()
		close(s.ended)
	}
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir, c.Stdout, c.Stderr = s.dir, &s.log, &s.log
	c.SysProcAttr = attributes()
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

// answers waits until the server does, or has ended.
func (s *server) answers() error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := pgx.Connect(ctx, s.url())
		cancel()
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-s.ended:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) stop() {
	if s.process != nil {
		if s.process.Signal(os.Interrupt) != nil { // Windows has no signals
			s.process.Kill()
		}
		<-s.ended
	}
	os.RemoveAll(s.dir)
}
