package broker_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"example.com/roster/adapters/nats/broker"
	"example.com/roster/ports"
)

// runOn is the variable with the directory on which a second process of this binary runs a broker until it is killed.
const runOn = "ROSTER_TEST_BROKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runOn); dir != "" {
		b, err := broker.Start(dir, broker.Options{})
		if err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString(b.URL() + "\n")
		time.Sleep(time.Hour) // steady: until it is killed
	}
	// nats-server 2.15.2 leaves the goroutines of a stream that it was creating when a test shut it down, and for half a minute that of a
	// stream that waits for its source. They end with the process.
	const server = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(server+".(*fileStore).flushStreamStateLoop"), goleak.IgnoreAnyFunction(server+"/ats.Register.func1"),
		goleak.IgnoreAnyFunction(server+".(*stream).trySetupSourceConsumer.func3"))
}

func start(t testing.TB, dir string) *broker.Broker { return startWith(t, dir, broker.Options{}) }

func startWith(t testing.TB, dir string, options broker.Options) *broker.Broker {
	t.Helper()
	b, err := broker.Start(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// requireStream requires that the stream S holds a number of messages, and adds one. It creates the stream if the number is 0.
func requireStream(t testing.TB, server string, want uint64, options ...nats.Option) {
	t.Helper()
	conn, err := nats.Connect(server, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "S")
	if want == 0 && errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CachedInfo().State.Msgs; got != want {
		t.Errorf("the stream holds %d messages, want %d", got, want)
	}
	if _, err := js.Publish(t.Context(), "s", nil); err != nil {
		t.Fatal(err)
	}
}

func TestStreamsAreKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "if missing")
	for n := range uint64(3) {
		b := start(t, dir)
		requireStream(t, b.URL(), n)
		b.Close()
	}
}

func TestInMemoryKeepsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		b := startWith(t, dir, broker.Options{InMemory: true})
		requireStream(t, b.URL(), 0)
		b.Close()
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "lock" {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// In memory, a broker needs no directory. It has no file while it runs, and is not found.
func TestInMemoryWithoutADirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Chdir(dir)
	requireNoFile := func() {
		t.Helper()
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("files: %v, %v", files, err)
		}
	}
	b := startWith(t, "", broker.Options{InMemory: true})
	requireNoFile()
	_, err := broker.Find("")
	requireUnavailable(t, err)
	requireStream(t, b.URL(), 0) // on the disk
	b.Close()
	requireNoFile()
	_, err = broker.Start("", broker.Options{})
	requireUnavailable(t, err)
}

func TestInProcess(t *testing.T) {
	t.Parallel()
	b := start(t, t.TempDir())
	requireStream(t, b.URL(), 0, nats.InProcessServer(b))
}

func TestTokenIsRequired(t *testing.T) {
	t.Parallel()
	b := start(t, t.TempDir())
	server, err := url.Parse(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	if server.Hostname() != "127.0.0.1" || len(server.User.Username()) < 26 {
		t.Errorf("the host is %s, the token has %d characters", server.Host, len(server.User.Username()))
	}
	for name, user := range map[string]*url.Userinfo{"none": nil, "another": url.User("ABCDEFGHIJKLMNOPQRSTUVWXYZ")} {
		wrong := url.URL{Scheme: "nats", User: user, Host: server.Host}
		if conn, err := nats.Connect(wrong.String()); !errors.Is(err, nats.ErrAuthorization) {
			conn.Close()
			t.Errorf("with %s: %v", name, err)
		}
	}
	second := start(t, t.TempDir())
	if other, _ := url.Parse(second.URL()); other.User.Username() == server.User.Username() {
		t.Error("two brokers have the same token")
	}
}

func TestConnectionFileIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nats")
	b := start(t, dir)
	for name, want := range map[string]fs.FileMode{"": 0o700 | fs.ModeDir, "broker.json": 0o600, "lock": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode() != want {
			t.Errorf("%q: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "broker.json"))
	var file struct{ URL, Token string }
	if err != nil || json.Unmarshal(text, &file) != nil || file.URL != b.URL() || file.Token == "" ||
		!strings.Contains(b.URL(), file.Token) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestDirectoryIsLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	for _, options := range []broker.Options{{}, {InMemory: true}} {
		_, err := broker.Start(dir, options)
		requireUnavailable(t, err, dir, "stop it", "--data-dir", "--nats-url")
	}
	requireStream(t, first.URL(), 0)
	if found, err := broker.Find(dir); found != first.URL() || err != nil {
		t.Errorf("after a second Start, Find returned %v, %v", found, err)
	}
}

// requireUnavailable requires that an error is ErrUnavailable, in one line that says what to do.
func requireUnavailable(t testing.TB, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the error is %q, want %q in it", err, s)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := broker.Find(filepath.Join(dir, "nowhere"))
	requireUnavailable(t, err, "no roster serve runs on", "nowhere", "start one", "--nats-url")
	_, err = broker.Find(dir)
	requireUnavailable(t, err, "no roster serve runs on")
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("Find left %v behind", entries)
	}
	b := start(t, dir)
	if found, err := broker.Find(dir); found != b.URL() || err != nil {
		t.Errorf("Find returned %v, %v", found, err)
	}
	b.Close()
	_, err = broker.Find(dir)
	requireUnavailable(t, err, "no roster serve runs on")
}

// A killed process leaves its broker.json. Find does not return it, and the next Start ignores it.
func TestFindAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := range uint64(2) {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), runOn+"="+dir)
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		defer process.Process.Kill()
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		found, err := broker.Find(dir)
		if found != strings.TrimSpace(line) || err != nil {
			t.Errorf("Find returned %v, %v; want %s", found, err, line)
		}
		_, err = broker.Start(dir, broker.Options{})
		requireUnavailable(t, err, "another process")
		requireStream(t, found, n)
		_ = process.Process.Kill()
		_ = process.Wait()
		if _, err := os.Stat(filepath.Join(dir, "broker.json")); err != nil {
			t.Fatal(err)
		}
		_, err = broker.Find(dir)
		requireUnavailable(t, err, "no roster serve runs on")
	}
	requireStream(t, start(t, dir).URL(), 2)
}

// Concurrent calls of Find do not make Start fail.
func TestStartDuringFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	calls := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			_, _ = broker.Find(dir)
		}
		calls <- n
	}()
	for range 5 {
		stale := []byte(`{"url":"nats://127.0.0.1:1"}`) // left by a killed process
		if err := os.WriteFile(filepath.Join(dir, "broker.json"), stale, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := broker.Start(dir, broker.Options{InMemory: true})
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
	}
	stop()
	t.Logf("%d calls of Find", <-calls)
}

func TestStartRejectsUnusableDirectories(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := broker.Start(file, broker.Options{})
	requireUnavailable(t, err)
	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = broker.Start(blocked, broker.Options{})
	requireUnavailable(t, err, "storage directory")
	if _, err := broker.Find(blocked); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("after a failed Start, Find returned %v", err)
	}
}

// Start delays the first response of serve.
func BenchmarkStart(b *testing.B) {
	for range b.N {
		begin := time.Now()
		started, err := broker.Start(b.TempDir(), broker.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms/start")
		started.Close()
	}
}
