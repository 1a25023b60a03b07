package nats_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestBusInProcess(t *testing.T) {
	t.Parallel()
	portstest.TestBus(t, func(t testing.TB) portstest.Bus {
		b := startBroker(t, t.TempDir())
		return suiteBus(b.URL(), func(t testing.TB) *nats.Bus { return connectWith(t, b.URL(), nats.Options{InProcess: b}) }, t)
	})
}

func TestBusOverTCP(t *testing.T) {
	t.Parallel()
	portstest.TestBus(t, func(t testing.TB) portstest.Bus {
		b := startBrokerWith(t, t.TempDir(), broker.Options{InMemory: true})
		return suiteBus(b.URL(), func(t testing.TB) *nats.Bus { return connectWith(t, b.URL(), nats.Options{InMemory: true}) }, t)
	})
}

// suiteBus returns a bus for the suite. Each worker that joins has its own connection.
func suiteBus(url string, open func(testing.TB) *nats.Bus, t testing.TB) portstest.Bus {
	bus := open(t)
	var published []ports.Message // a message of a stream does not change: each is checked once
	return portstest.Bus{
		Publisher: bus, Queue: bus,
		Join: func(t testing.TB) ports.Queue { return open(t) },
		Published: func(t testing.TB) []ports.Message {
			for _, m := range messages(t, url, "ROSTER_EVENTS")[len(published):] {
				requireEvent(t, m)
				published = append(published, readEvent(t, m))
			}
			return slices.Clone(published)
		},
		Purge: func(t testing.TB) {
			purge(t, url)
			published = nil
		},
		Replied: func(t testing.TB) (keys []string) {
			for _, m := range messages(t, url, "ROSTER_REPLIES") {
				requireSchema(t, "reply.v1", m.Data())
				keys = append(keys, read[struct{ Key string }](t, m.Data()).Key)
			}
			return keys
		},
	}
}

func startBroker(t testing.TB, dir string) *broker.Broker {
	return startBrokerWith(t, dir, broker.Options{})
}

func startBrokerWith(t testing.TB, dir string, options broker.Options) *broker.Broker {
	t.Helper()
	b, err := broker.Start(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func connect(t testing.TB, url string) *nats.Bus { return connectWith(t, url, nats.Options{}) }

func connectWith(t testing.TB, url string, options nats.Options) *nats.Bus {
	t.Helper()
	options.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	bus, err := nats.Connect(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return bus
}

// jetStream returns a connection of another client.
func jetStream(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := client.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// messages returns all messages of a stream, in order.
func messages(t testing.TB, url, stream string) (all []jetstream.Msg) {
	t.Helper()
	conn, err := client.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return nil // not created yet: nothing was sent
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for n := s.CachedInfo().State.Msgs; uint64(len(all)) < n; {
		batch, err := c.FetchNoWait(int(n))
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			all = append(all, m)
		}
	}
	return all
}

// purge removes all messages of the stream of events, as an operator does. The broker still knows their ids.
func purge(t testing.TB, url string, options ...jetstream.StreamPurgeOpt) {
	t.Helper()
	s, err := jetStream(t, url).Stream(t.Context(), "ROSTER_EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context(), options...); err != nil {
		t.Fatal(err)
	}
}

func read[T any](t testing.TB, text []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// body is an event as a consumer reads it.
type body struct {
	Type, EventID, CorrelationID, AggregateID, Tenant string
	SchemaVersion                                     int
	OccurredAt                                        time.Time
	Sequence                                          int64
	Data                                              struct {
		LearnerID, PreviousLearnerID, EnrollmentID, From, Title string
		Capacity                                                int
		Open, WaitlistEnabled                                   bool
	}
}

// readEvent returns the entry in a message.
func readEvent(t testing.TB, m jetstream.Msg) ports.Message {
	t.Helper()
	b := read[body](t, m.Data())
	return ports.Message{Tenant: domain.TenantID(b.Tenant), Entry: ports.Entry{
		ID: b.EventID, Correlation: b.CorrelationID, Trace: m.Headers().Get("traceparent"),
		Event: domain.Event{
			Type: domain.EventType(b.Type), Course: domain.CourseID(b.AggregateID), Sequence: b.Sequence, At: b.OccurredAt,
			Learner: domain.LearnerID(b.Data.LearnerID), Enrollment: domain.EnrollmentID(b.Data.EnrollmentID),
			From: domain.Status(b.Data.From), Previous: domain.LearnerID(b.Data.PreviousLearnerID),
			Terms: domain.Terms{Title: b.Data.Title, Capacity: b.Data.Capacity, Open: b.Data.Open, WaitlistEnabled: b.Data.WaitlistEnabled},
		},
	}}
}
