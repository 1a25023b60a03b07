package record_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/ports/portstest"
)

// running is serve on an empty database of its own, with its broker.
type running struct {
	database, data string // the flags --database-url and --data-dir
	db             *sql.DB
	tables         string // a query for their names
	log            safeBuffer
	http           string // its URL
	nats           *natsio.Conn
	client         http.Client
}

// startProgram starts serve until t ends. It logs everything.
func startProgram(t *testing.T, kind string) *running {
	t.Helper()
	p := &running{data: t.TempDir()}
	if kind == "sqlite" {
		path := filepath.Join(p.data, "roster.db")
		p.database, p.db, p.tables = "sqlite:"+path, openSQLite(t, path), "SELECT name FROM sqlite_schema WHERE type = 'table'"
	} else {
		p.database = pgtest.Reused(t, postgres.Migrate)
		p.db, p.tables = openAsSuperuser(t, p.database), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:   p.args("serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--rate-limit", "off", "--log-level", "debug", "--log-format", "json"),
			Stdout: io.Discard, Stderr: &p.log, Ready: func(addr string) { ready <- addr },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: exit %d\n%s", code, p.log.String())
		}
	})
	p.http = "http://" + portstest.Receive(t, "serve is ready", ready)
	address, err := broker.Find(filepath.Join(p.data, "nats"))
	if err != nil {
		t.Fatal(err)
	}
	if p.nats, err = natsio.Connect(address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.nats.Close)
	p.client.Transport = &http.Transport{DisableKeepAlives: true}
	return p
}

func (p *running) args(args ...string) []string {
	return append(args, "--database-url", p.database, "--data-dir", p.data)
}

// must runs a command that has to succeed, and returns its output. What it logs is added to the log.
func (p *running) must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var stdout bytes.Buffer
	code := app.Run(context.WithoutCancel(t.Context()), app.Options{Args: p.args(args...), Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &p.log})
	if code != 0 {
		t.Fatalf("roster %s: exit %d\n%s%s", strings.Join(args, " "), code, &stdout, p.log.String())
	}
	return stdout.String()
}

func (p *running) token(t *testing.T, subject, role string) string {
	t.Helper()
	return strings.TrimSpace(p.must(t, "", "token", "--subject", subject, "--role", role))
}

// ask sends a request, which has to be answered with a status.
func (p *running) ask(t *testing.T, status int, token, method, path, key, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", fmt.Sprintf("%q", key))
	}
	response, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("%s %s %s: %s, %v, want %d\n%s", method, path, body, response.Status, err, status, answer)
	}
}

// metrics returns what the admin address shows.
func (p *running) metrics(t *testing.T) string {
	t.Helper()
	address := regexp.MustCompile(`"url":"([^"]+/metrics)"`).FindStringSubmatch(p.log.String())
	response, err := p.client.Get(address[1])
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(text), "roster_") {
		t.Fatalf("%v, %s", err, text)
	}
	return string(text)
}

// subscribe returns a function that returns the messages so far.
func (p *running) subscribe(t *testing.T, subject string) (received func() []*natsio.Msg) {
	t.Helper()
	var mu sync.Mutex
	var all []*natsio.Msg
	if _, err := p.nats.Subscribe(subject, func(m *natsio.Msg) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, m)
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.nats.Flush(); err != nil {
		t.Fatal(err)
	}
	return func() []*natsio.Msg {
		mu.Lock()
		defer mu.Unlock()
		return append([]*natsio.Msg(nil), all...)
	}
}

// command sends a message to the queue.
func (p *running) command(t *testing.T, body string) {
	t.Helper()
	js, err := jetstream.New(p.nats)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "roster.commands.default.0", []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// enrollment returns the id of a learner's enrollment.
func (p *running) enrollment(t *testing.T, course, learner string) string {
	t.Helper()
	return texts(t, p.db, fmt.Sprintf("SELECT enrollment_id FROM standings WHERE course_id = '%s' AND learner_id = '%s'", course, learner))[0]
}

// replied waits until the queue has sent so many replies.
func (p *running) replied(t *testing.T, replies uint64) {
	t.Helper()
	js, err := jetstream.New(p.nats)
	if err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "all commands are replied to", func() bool { return lastSequence(t, js, "ROSTER_REPLIES") == replies })
}

// settled waits until all events are published and received, and returns what was received.
func (p *running) settled(t *testing.T, received func() []*natsio.Msg) (all []*natsio.Msg) {
	t.Helper()
	js, err := jetstream.New(p.nats)
	if err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "all events are published and received", func() bool {
		all = received()
		events := uint64(0)
		for _, m := range all {
			if strings.HasPrefix(m.Subject, "roster.events.") {
				events++
			}
		}
		return len(texts(t, p.db, "SELECT tenant_id FROM unpublished")) == 0 && events == lastSequence(t, js, "ROSTER_EVENTS")
	})
	return all
}

// safeBuffer is a buffer for several goroutines.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
