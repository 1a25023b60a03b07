package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// long is set for the long form of the tests, which make check runs; soak for the longest, which has its own target.
var (
	soak = os.Getenv("ROSTER_SOAK") != ""
	long = os.Getenv("ROSTER_LONG") != "" || soak
)

const tenant = domain.TenantID("default")

var staff = ports.Actor{Tenant: tenant, Subject: "proof", Role: ports.Staff}

// A system is the program on an empty database of its own.
type system struct {
	name  string
	url   string      // for --database-url
	data  string      // for --data-dir
	store app.Storage // in memory: the program and the test share it
}

// onEveryStore runs f on a system of each kind, in parallel.
func onEveryStore(t *testing.T, f func(t *testing.T, s system)) {
	on(t, []string{"memory", "sqlite", "postgres"}, f)
}

// on runs f on a system of each of these kinds, in parallel.
func on(t *testing.T, kinds []string, f func(t *testing.T, s system)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(t, newSystem(t, kind))
		})
	}
}

func newSystem(t testing.TB, kind string) system {
	t.Helper()
	switch kind {
	case "memory":
		return system{name: kind, url: "memory:", data: t.TempDir(), store: memstore.New()}
	case "sqlite":
		return system{name: kind, url: "sqlite:" + filepath.Join(t.TempDir(), "roster.db"), data: t.TempDir()}
	}
	return system{name: kind, url: pgtest.Reused(t, postgres.Migrate), data: t.TempDir()}
}

// open returns a second store on the system's database.
func (s system) open(t testing.TB) ports.Store { return s.storage(t) }

func (s system) storage(t testing.TB) app.Storage {
	t.Helper()
	if s.store != nil {
		return s.store
	}
	open := func() (interface {
		app.Storage
		io.Closer
	}, error) {
		if path, ok := strings.CutPrefix(s.url, "sqlite:"); ok {
			return sqlite.Open(context.Background(), path)
		}
		return postgres.Open(context.Background(), s.url)
	}
	store, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func (s system) args(args ...string) []string {
	return append([]string{"--database-url", s.url, "--data-dir", s.data}, args...)
}

// A result is the exit code and the output of a run of the program.
type result struct {
	code           int
	stdout, stderr string
}

// run runs one command until it ends.
func (s system) run(t testing.TB, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := app.Run(context.WithoutCancel(t.Context()), app.Options{
		Args: s.args(args...), Store: s.store,
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
	})
	return result{code, stdout.String(), stderr.String()}
}

// must runs one command, requires that it succeeds, and returns its output.
func (s system) must(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	r := s.run(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("roster %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// submit has the core run the actions in order, a thousand in one transaction.
func (s system) submit(t testing.TB, actions []ports.Action) {
	t.Helper()
	core := application.New(s.open(t))
	for some := range slices.Chunk(actions, 1000) {
		if reply := core.Submit(t.Context(), ports.Command{By: staff, Actions: some})[0]; reply.Err != nil {
			t.Fatal(reply.Err)
		}
	}
}

// client starts the API and returns a client with a staff token.
func (s system) client(t testing.TB) client {
	t.Helper()
	c := newClient(t, s.serve(t))
	c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	return c
}

// serve starts the API on a free port of the loopback until t ends, and returns its URL.
func (s system) serve(t testing.TB) string {
	t.Helper()
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "warn", "--rate-limit", "off")
	return "http://" + addr
}

// start runs serve with its log in stderr until stop is called or t ends, and returns its address.
func (s system) start(t testing.TB, stderr io.Writer, flags ...string) (addr string, stop func()) {
	t.Helper()
	return s.startWith(t, nil, io.Discard, stderr, flags...)
}

// startWith is start with a standard input and output.
func (s system) startWith(t testing.TB, stdin io.Reader, stdout, stderr io.Writer, flags ...string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:  s.args(append([]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"}, flags...)...),
			Store: s.store, Stdin: stdin, Stdout: stdout, Stderr: stderr,
			Ready: func(addr string) { ready <- addr },
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: exit %d\n%v", code, stderr)
		}
	})
	t.Cleanup(stop)
	select {
	case addr = <-ready:
	case code := <-ended:
		ended <- code
		t.Fatalf("serve: exit %d\n%v", code, stderr)
	case <-time.After(2 * time.Minute):
		t.Fatal("serve is not ready after two minutes")
	}
	return addr, stop
}

// A syncedBuffer is written by a program and read by a test.
type syncedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// A client sends requests to the API. It has its own connections, which close when t ends.
type client struct {
	*http.Client
	url   string
	token string
}

func newClient(t testing.TB, url string) client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return client{Client: &http.Client{Transport: transport, Timeout: 2 * time.Minute}, url: url}
}

// do sends a request, and returns the status, the headers and the body.
func (c client) do(method, path, key, body string) (int, http.Header, []byte, error) {
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", fmt.Sprintf("%q", key))
	}
	response, err := c.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, content, err
}

// dump returns all data of the tenant as text, except ids and times, which differ between runs.
func dump(t testing.TB, store ports.Reader) string {
	t.Helper()
	var b strings.Builder
	for _, c := range allCourses(t, store) {
		fmt.Fprintf(&b, "%+v\n", c)
		for _, s := range allStandings(t, store, c.ID, "") {
			fmt.Fprintln(&b, " ", s.Sequence, s.Learner, s.Status, s.Position)
		}
		for e, err := range store.Journal(t.Context(), tenant, c.ID, 0) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, " ", e.Sequence, e.Type, e.Learner, e.From, e.Terms)
		}
	}
	return b.String()
}

func allCourses(t testing.TB, store ports.Reader) []domain.Course {
	t.Helper()
	courses, err := store.Courses(t.Context(), tenant, ports.CoursePage{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return courses
}

func allStandings(t testing.TB, store ports.Reader, id domain.CourseID, status domain.Status) []ports.RankedStanding {
	t.Helper()
	standings, err := store.Standings(t.Context(), tenant, id, ports.StandingPage{Status: status, Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return standings
}

// mustCheck requires that roster check finds no differences.
func (s system) mustCheck(t testing.TB) {
	t.Helper()
	s.must(t, "", "check")
}

// read decodes one JSON document, and fails t on an unknown field.
func read[T any](t testing.TB, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// firstDifference describes the first line that differs between two texts.
func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d: %q and %q", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
