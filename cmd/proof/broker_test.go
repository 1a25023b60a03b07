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
)

// An outside broker is a NATS server as anybody may run one. It comes back where it was.
type outside struct {
	options server.Options
	running *server.Server
}

// newOutside starts a broker that ends with t.
func newOutside(t testing.TB) *outside {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	b := &outside{options: server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	}}
	b.back(t)
	t.Cleanup(b.away)
	return b
}

func (b *outside) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", b.options.Port) }

// away stops the broker, back starts it again with what it had.
func (b *outside) away() {
	if b.running != nil {
		b.running.Shutdown()
		b.running.WaitForShutdown()
		b.running = nil
	}
}

func (b *outside) back(t testing.TB) {
	t.Helper()
	options := b.options
	var err error
	if b.running, err = server.NewServer(&options); err != nil {
		t.Fatal(err)
	}
	b.running.Start()
	if !b.running.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not come up")
	}
}

// asNode makes the test binary be a NATS server, of these options as JSON, so that a test has one to kill.
const asNode = "ROSTER_PROOF_AS_NODE"

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

// forgetful makes the stream of events with next to no memory of message ids, so that what is sent again is there again.
func (b *outside) forgetful(t testing.TB) {
	t.Helper()
	_, js := jetStream(t, b.url())
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "ROSTER_EVENTS", Subjects: []string{"roster.events.>"}, Duplicates: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// brokerInside returns the URL of the broker inside a serve on the stage.
func (s stage) brokerInside(t testing.TB) string {
	t.Helper()
	return findBroker(t, filepath.Join(s.data, "nats"))
}

// An event is one as its consumers read it.
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

// messages returns all that a stream holds.
func messages(t testing.TB, js jetstream.JetStream, stream string) (all []jetstream.Msg) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		t.Fatal(err)
	}
	total := int(s.CachedInfo().State.Msgs)
	consumer, err := js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for len(all) < total {
		batch, err := consumer.Fetch(min(1000, total-len(all)), jetstream.FetchMaxWait(10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			all = append(all, m)
		}
		if batch.Error() != nil {
			t.Fatal(batch.Error())
		}
	}
	return all
}

// heard returns the events that a broker holds, each once, by course; it fails t where one is missing in between, or stands
// before one that came before it.
func heard(t testing.TB, url string) map[string][]event {
	t.Helper()
	_, js := jetStream(t, url)
	courses, known := make(map[string][]event), make(map[string]bool)
	for _, m := range messages(t, js, "ROSTER_EVENTS") {
		e := read[event](t, string(m.Data()))
		if want := fmt.Sprintf("roster.events.%s.%s.%s", e.Tenant, e.AggregateID, strings.ReplaceAll(e.Type, ".", "_")); m.Subject() != want {
			t.Fatalf("subject %s, want %s", m.Subject(), want)
		}
		if known[e.EventID] {
			continue
		}
		known[e.EventID] = true
		if n := int64(len(courses[e.AggregateID])); e.Sequence != n+1 {
			t.Fatalf("%s: event %d comes after event %d", e.AggregateID, e.Sequence, n)
		}
		courses[e.AggregateID] = append(courses[e.AggregateID], e)
	}
	return courses
}

// eventually waits until it holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 2*time.Minute {
			t.Fatalf("not after two minutes: %s", what)
		}
	}
}

// published waits until the stage's store has nothing left to publish.
func (s stage) published(t testing.TB) {
	t.Helper()
	outbox := s.storage(t)
	eventually(t, "all events are published", func() bool {
		b, err := outbox.Backlog(context.Background())
		return err == nil && b.Messages == 0
	})
}

// queueEmpty waits until all that was sent is done.
func queueEmpty(t testing.TB, js jetstream.JetStream) {
	t.Helper()
	eventually(t, "the queue is empty", func() bool {
		stream, err := js.Stream(context.Background(), "ROSTER_COMMANDS")
		return err == nil && stream.CachedInfo().State.Msgs == 0
	})
}
