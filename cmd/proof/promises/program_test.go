package promises_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/nats/broker"
	"example.com/roster/cmd/roster/app"
)

// A setup is a data directory and a database, with the program to run on them.
type setup struct {
	url     string // for --database-url; empty: SQLite in the data directory
	data    string
	program string // of another build; empty: this one
}

func (s setup) args(args ...string) []string {
	return append([]string{"--database-url", s.url, "--data-dir", s.data}, args...)
}

// run runs one command, of this build in this process.
func (s setup) run(t testing.TB, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	if s.program != "" {
		return s.runProcess(t, stdin, args...)
	}
	var out, err bytes.Buffer
	code = app.Run(context.WithoutCancel(t.Context()), app.Options{
		Args: s.args(args...), Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &err,
	})
	return code, out.String(), err.String()
}

// must runs one command that has to succeed, and returns what it printed.
func (s setup) must(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	code, stdout, stderr := s.run(t, stdin, args...)
	if code != 0 {
		t.Fatalf("%s: exit %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// A lockedBuffer may be written and read at once.
type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.String()
}

// serve runs serve in this process until stop is called or t ends, and returns a client of it and its log as JSON.
func (s setup) serve(t testing.TB, flags ...string) (c client, log *lockedBuffer, stop func()) {
	t.Helper()
	log = new(lockedBuffer)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--log-format", "json", "--rate-limit", "off"}, flags...)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args: s.args(args...), Stdout: io.Discard, Stderr: log, Ready: func(addr string) { ready <- addr },
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: exit %d\n%s", code, log)
		}
	})
	t.Cleanup(stop)
	select {
	case addr := <-ready:
		c = newClient(t, "http://"+addr)
	case code := <-ended:
		ended <- code
		t.Fatalf("serve: exit %d\n%s", code, log)
	case <-time.After(2 * time.Minute):
		t.Fatal("serve is not ready after two minutes")
	}
	c.token = s.token(t, "staff")
	return c, log, stop
}

func (s setup) token(t testing.TB, role string) string {
	t.Helper()
	return strings.TrimSpace(s.must(t, "", "token", "--subject", "promises", "--role", role))
}

// broker returns the URL of the broker inside a serve on the setup.
func (s setup) broker(t testing.TB) string {
	t.Helper()
	url, err := broker.Find(filepath.Join(s.data, "nats"))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// A client talks to the API.
type client struct {
	*http.Client
	url, token string
}

func newClient(t testing.TB, url string) client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return client{Client: &http.Client{Transport: transport, Timeout: 2 * time.Minute}, url: url}
}

// do sends a request. Headers are given as "Name: value".
func (c client) do(method, path, body string, headers ...string) (int, http.Header, []byte, error) {
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
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	response, err := c.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, content, err
}

func writeFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// rows returns a CSV file of n learners for a course.
func rows(course string, n int) string {
	var b strings.Builder
	b.WriteString("course_id,learner_id\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,learner-%d\n", course, i)
	}
	return b.String()
}
