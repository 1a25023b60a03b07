package proof_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports/portstest"
)

// An externalBroker is a NATS server outside the program. It keeps its port and its data over a restart.
type externalBroker struct {
	options server.Options
	running *server.Server
}

// newExternalBroker starts a broker that stops when t ends.
func newExternalBroker(t testing.TB) *externalBroker {
	t.Helper()
	b := &externalBroker{options: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	}}
	b.restart(t)
	t.Cleanup(b.stop)
	return b
}

func (b *externalBroker) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", b.options.Port) }

// stop stops the broker. restart starts it again with the same port and data.
func (b *externalBroker) stop() {
	if b.running != nil {
		b.running.Shutdown()
		b.running.WaitForShutdown()
		b.running = nil
	}
}

func (b *externalBroker) restart(t testing.TB) {
	t.Helper()
	options := b.options
	var err error
	if b.running, err = server.NewServer(&options); err != nil {
		t.Fatal(err)
	}
	b.running.Start()
	if !b.running.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready after two minutes")
	}
	b.options.Port = b.running.Addr().(*net.TCPAddr).Port
}

// nodeVariable holds the options of a NATS server as JSON. With it, the test binary runs that server, so that a test can kill it.
const nodeVariable = "ROSTER_PROOF_AS_NODE"

func runAsNode(text string) {
	var node struct {
		Name, Dir     string
		Port, Cluster int
		Routes        []string
	}
	if err := json.Unmarshal([]byte(text), &node); err != nil {
		panic(err)
	}
	b, err := server.NewServer(&server.Options{
		ServerName: node.Name, Host: "127.0.0.1", Port: node.Port, JetStream: true, StoreDir: node.Dir, NoLog: true,
		Cluster: server.ClusterOpts{Name: "proof", Host: "127.0.0.1", Port: node.Cluster},
		Routes:  server.RoutesFromStr(strings.Join(node.Routes, ",")),
	})
	if err != nil {
		panic(err)
	}
	b.Start()
	b.WaitForShutdown()
	os.Exit(0)
}

// shortDeduplication creates the stream of events with a deduplication window of 100 ms, so that a message that is sent again is stored again.
func (b *externalBroker) shortDeduplication(t testing.TB) {
	t.Helper()
	_, js := jetStream(t, b.url())
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "ROSTER_EVENTS", Subjects: []string{"roster.events.>"}, Duplicates: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// embeddedBroker returns the URL of the broker that serve embeds.
func (s system) embeddedBroker(t testing.TB) string {
	t.Helper()
	return findBroker(t, filepath.Join(s.data, "nats"))
}

// An event is what its consumers read.
type event struct {
	Type          string          `json:"type"`
	SchemaVersion int             `json:"schemaVersion"`
	EventID       string          `json:"eventId"`
	OccurredAt    time.Time       `json:"occurredAt"`
	CorrelationID string          `json:"correlationId"`
	AggregateID   string          `json:"aggregateId"`
	Tenant        string          `json:"tenant"`
	Sequence      int64           `json:"sequence"`
	Data          json.RawMessage `json:"data"`
}

// untilThere retries every 250 ms, for two minutes, while the stream does not exist yet: serve creates it when it is running.
var untilThere = jetstream.WithRetryAttempts(480)

// jetStream connects to a broker until t ends.
func jetStream(t testing.TB, url string) (*natsio.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := natsio.Connect(url, natsio.MaxReconnects(-1), natsio.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// messages returns all messages of a stream. It reads again after an error: in a cluster, the server of the connection may not know
// yet where a new consumer is, and answers "no responders".
func messages(t testing.TB, js jetstream.JetStream, stream string) (all []jetstream.Msg) {
	t.Helper()
	portstest.Eventually(t, "all of "+stream+" is read", func() bool {
		var err error
		if all, err = readAll(t.Context(), js, stream); err != nil {
			t.Logf("%s: %v", stream, err)
		}
		return err == nil
	})
	return all
}

func readAll(ctx context.Context, js jetstream.JetStream, stream string) (all []jetstream.Msg, err error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	total := int(s.CachedInfo().State.Msgs)
	consumer, err := js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	for len(all) < total {
		batch, err := consumer.Fetch(min(1000, total-len(all)), jetstream.FetchMaxWait(10*time.Second))
		if err != nil {
			return nil, err
		}
		for m := range batch.Messages() {
			all = append(all, m)
		}
		if batch.Error() != nil {
			return nil, batch.Error()
		}
	}
	return all, nil
}

// publishedEvents returns the events that a broker holds, each once, by course. It fails t if one is missing, or if the events of a
// course are out of order.
func publishedEvents(t testing.TB, url string) map[string][]event {
	t.Helper()
	_, js := jetStream(t, url)
	courses, known := make(map[string][]event), make(map[string]bool)
	for _, m := range messages(t, js, "ROSTER_EVENTS") {
		e := read[event](t, string(m.Data()))
		if want := fmt.Sprintf("roster.events.%s.%s.%s", e.Tenant, subjectToken(e.AggregateID), strings.ReplaceAll(e.Type, ".", "_")); m.Subject() != want {
			t.Fatalf("subject %s, want %s", m.Subject(), want)
		}
		if known[e.EventID] {
			continue
		}
		known[e.EventID] = true
		if n := int64(len(courses[e.AggregateID])); e.Sequence != n+1 {
			t.Fatalf("%s: event %d follows event %d", e.AggregateID, e.Sequence, n)
		}
		courses[e.AggregateID] = append(courses[e.AggregateID], e)
	}
	return courses
}

// subjectToken returns a course as it stands in the subjects of its events.
func subjectToken(course string) (token string) {
	for _, c := range []byte(course) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", c) >= 0 {
			token += string(rune(c))
		} else {
			token += fmt.Sprintf("=%02X", c)
		}
	}
	return token
}

// published waits until the store has no unpublished events.
func (s system) published(t testing.TB) {
	t.Helper()
	outbox := s.storage(t)
	portstest.Eventually(t, "all events are published", func() bool {
		b, err := outbox.Backlog(context.Background())
		return err == nil && b.Messages == 0
	})
}

// queueEmpty waits until the queue has no commands.
func queueEmpty(t testing.TB, js jetstream.JetStream) {
	t.Helper()
	portstest.Eventually(t, "the queue is empty", func() bool {
		stream, err := js.Stream(context.Background(), "ROSTER_COMMANDS")
		return err == nil && stream.CachedInfo().State.Msgs == 0
	})
}
