package record_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/oauth2-proxy/mockoidc"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/proof/dials"
	"example.com/roster/ports/portstest"
)

// An installation is the program with a configuration. Each of its processes records what it dials.
type installation struct {
	program, dir string
	environment  []string
	addresses    []address
}

// An address is where the program finds something, and the flag or variable that says so.
type address struct{ use, flag, at string }

// newInstallation returns an installation with its own folder for data, and none of the machine's variables for the program.
func newInstallation(t testing.TB, program string) *installation {
	t.Helper()
	i := &installation{program: program, dir: t.TempDir()}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "ROSTER_") && !strings.HasPrefix(variable, "OTEL_") {
			i.environment = append(i.environment, variable)
		}
	}
	i.set("ROSTER_DATA_DIR", filepath.Join(i.dir, "data"))
	return i
}

func (i *installation) set(variable, value string) {
	i.environment = append(i.environment, variable+"="+value)
}

// connected is an installation with everything outside its processes that it can connect to, each at its own address. The database is found
// by name, so that a name server is asked.
func connected(t testing.TB, program string) *installation {
	t.Helper()
	i := newInstallation(t, program)
	at := func(use, flag, at string) string {
		i.addresses = append(i.addresses, address{use, flag, at})
		return at
	}
	owner := pgtest.Database(t, postgres.Migrate)
	for _, database := range []struct{ use, flag, url string }{
		{"postgresql", "--database-url", pgtest.User(t, owner, "roster_serve", "roster_relay", "roster_upkeep")},
		{"postgresql-read", "--database-read-url", pgtest.User(t, owner, "roster_read")},
		{"postgresql-owner", "--database-admin-url", owner},
	} {
		u, err := url.Parse(database.url)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(at(database.use, database.flag, forward(t, u.Host)))
		u.Host = "database.example:" + port
		i.set(variable(database.flag), u.String())
	}
	i.set(variable("--nats-url"), "nats://"+at("nats", "--nats-url", startNATS(t)))

	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Shutdown() })
	at("identity-provider", "--oidc-issuer", provider.Server.Addr)
	i.set(variable("--oidc-issuer"), provider.Issuer())
	i.set(variable("--oidc-audience"), "roster")

	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(collector.Close)
	i.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+at("trace-collector", "OTEL_EXPORTER_OTLP_ENDPOINT", collector.Listener.Addr().String()))

	i.set(dials.NameServer, at("name-server", "", startNameServer(t)))
	return i
}

// variable returns the name of a flag's environment variable.
func variable(flag string) string {
	return "ROSTER_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
}

// forward forwards each connection to an address, which so has two addresses.
func forward(t testing.TB, to string) (from string) {
	t.Helper()
	l := listen(t)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer in.Close()
				out, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				running.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
				_, _ = io.Copy(in, out)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return l.Addr().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func startNATS(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready after two minutes")
	}
	return s.Addr().String()
}

// startNameServer answers that every name has the address 127.0.0.1, and nothing else.
func startNameServer(t testing.TB) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		message := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(message)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(answer(message[:n]), from)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-ended })
	return conn.LocalAddr().String()
}

// answer returns the answer to a question about a name: RFC 1035, section 4.
func answer(question []byte) []byte {
	const header, typeA = 12, 1
	end := header + bytes.IndexByte(question[header:], 0) + 5 // the name, its type and its class
	a := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[header:end]...)
	if question[end-3] == typeA {
		a[7] = 1 // one record: the name of the question, type A, class IN, 60 seconds, four bytes
		a = append(a, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
	}
	return a
}

// A process is a running command of an installation.
type process struct {
	name  string
	dials string // the file
	cmd   *exec.Cmd
	mu    sync.Mutex
	log   bytes.Buffer
}

// Write appends to the log.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(text)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start starts a command, which is killed when t ends.
func (i *installation) start(t testing.TB, args ...string) *process {
	t.Helper()
	p := &process{name: args[0], dials: filepath.Join(t.TempDir(), "dials"), cmd: exec.Command(i.program, args...)}
	p.cmd.Env = append(i.environment, dials.Variable+"="+p.dials)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = i.dir, p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	return p
}

// must runs a command until it ends, and requires that it succeeds.
func (i *installation) must(t testing.TB, args ...string) *process {
	t.Helper()
	p := i.start(t, args...)
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("roster %s: %v\n%s", strings.Join(args, " "), err, p.text())
	}
	return p
}

// stop interrupts a process and waits for its end.
func (p *process) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", p.name, err, p.text())
	}
}

// logged waits until the log matches a pattern, and returns its first group.
func (p *process) logged(t testing.TB, pattern string) (found string) {
	t.Helper()
	portstest.Eventually(t, p.name+" logs "+pattern, func() bool {
		m := regexp.MustCompile(pattern).FindStringSubmatch(p.text())
		if m != nil {
			found = m[1]
		}
		return m != nil
	})
	return found
}

// dialled returns the addresses that a process has dialled until now.
func (p *process) dialled(t testing.TB) []string {
	t.Helper()
	found, err := dials.Read(p.dials)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
