package proof_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/cmd/bare/adapters/memstore"
	"example.com/roster/cmd/bare/cmd/roster/app"
	"example.com/roster/cmd/bare/ports"
)

// A system is the program on an empty database of its own.
type system struct {
	url   string      // for --database-url
	data  string      // for --data-dir
	store ports.Store // in memory: the program and the test share it
}

// onEveryStore runs f on a system of each kind, in parallel.
func onEveryStore(t *testing.T, f func(t *testing.T, s system)) {
	for kind, s := range map[string]system{
		"memory": {url: "memory:", data: t.TempDir(), store: memstore.New()},
		"sqlite": {url: "sqlite:" + filepath.Join(t.TempDir(), "roster.db"), data: t.TempDir()},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(t, s)
		})
	}
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
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "warn")
	return "http://" + addr
}

// start runs serve with its log in stderr until stop is called or t ends, and returns its address.
func (s system) start(t testing.TB, stderr io.Writer, flags ...string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:  s.args(append([]string{"serve", "--addr", "127.0.0.1:0"}, flags...)...),
			Store: s.store, Stdout: io.Discard, Stderr: stderr,
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
