package record_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/worker"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A brokerState is what was seen of a broker, in words.
type brokerState struct{ streams, messages, calls []string }

// compareBroker compares the streams, their messages and what a command calls.
func compareBroker(r record.Record, observed brokerState) (report []string) {
	var streams, messages, calls []string
	for _, s := range r.Streams {
		streams = append(streams, streamInWords(s))
		for _, name := range s.Messages {
			apiName, id, _ := strings.Cut(name, "/")
			a := api(&r, apiName)
			e := find(a.Endpoints, func(e record.Endpoint) bool { return e.ID == id })
			messages = append(messages, fmt.Sprintf("%s %s, %s, at %s in %s", a.Kind, id, a.Version, e.Address, s.Name))
			if a.Kind == "events" { // the relay publishes them, and nothing else
				report = append(report, differences("call of "+id, e.Calls, []string{"Relay.Run"})...)
				continue
			}
			calls = append(calls, e.Calls...)
		}
	}
	return slices.Concat(report, differences("stream", streams, observed.streams), differences("message", messages, observed.messages),
		differences("call of the queue", calls, observed.calls))
}

func streamInWords(s record.Stream) string {
	return fmt.Sprintf("%s (%s) of %v, kept %s, published: %t, consumed: %t,", s.Name, s.Title, s.Subjects, s.Retention, s.Publishes, s.Consumes)
}

// The streams are those that the bus creates in a broker. Their messages, and what a command calls, are seen while the relay and a worker run.
func TestStreams(t *testing.T) {
	t.Parallel()
	observed := observeBroker(t)
	stream := func(r *record.Record, name string) *record.Stream {
		return find(r.Streams, func(s record.Stream) bool { return s.Name == name })
	}
	catches(t, func(r record.Record) []string { return compareBroker(r, observed) },
		lie{"a stream too many", func(r *record.Record) { r.Streams = append(r.Streams, record.Stream{Name: "ROSTER_AUDIT"}) }, "stream ROSTER_AUDIT"},
		lie{"a stream too few", func(r *record.Record) { r.Streams = r.Streams[:3] }, "stream ROSTER_REPLIES (what became of commands) of [roster.replies.*], kept 2 days"},
		lie{"another subject", func(r *record.Record) { stream(r, "ROSTER_REPLIES").Subjects[0] = "roster.answers.*" }, "of [roster.answers.*]"},
		lie{"a longer retention", func(r *record.Record) { stream(r, "ROSTER_EVENTS").Retention = "300 days" }, "kept 300 days"},
		lie{"another retention", func(r *record.Record) { stream(r, "ROSTER_COMMANDS").Retention = "1 days" }, "kept 1 days"},
		lie{"another title", func(r *record.Record) { stream(r, "ROSTER_EVENTS").Title = "what was guessed" }, "what was guessed"},
		lie{"nothing published", func(r *record.Record) { stream(r, "ROSTER_REPLIES").Publishes = false }, "published: false"},
		lie{"nothing consumed", func(r *record.Record) { stream(r, "ROSTER_COMMANDS").Consumes = false }, "published: true, consumed: false, is in the record"},
		lie{"a message too few", func(r *record.Record) { s := stream(r, "ROSTER_EVENTS"); s.Messages = s.Messages[1:] },
			"message events course.changed, v1, at roster.events.{tenant}.{courseId}.course_changed in ROSTER_EVENTS is in the running"},
		lie{"a message of another stream", func(r *record.Record) { stream(r, "ROSTER_REPLIES").Messages[0] = "queue-v1/command" }, "in ROSTER_REPLIES is in the record"},
		lie{"another version", func(r *record.Record) { api(r, "events-v1").Version = "v2" }, "events learner.promoted, v2,"},
		lie{"another address", func(r *record.Record) { api(r, "queue-v1").Endpoints[0].Address = "roster.orders" }, "at roster.orders"},
		lie{"an event that nothing publishes", func(r *record.Record) { api(r, "events-v1").Endpoints[0].Calls = nil }, "Relay.Run is in the running system"},
		lie{"a call too few", func(r *record.Record) { e := &api(r, "queue-v1").Endpoints[0]; e.Calls = e.Calls[:2] }, "call of the queue DeadLetters.PutDeadLetters is in the running"},
		lie{"a call too many", func(r *record.Record) {
			e := &api(r, "queue-v1").Endpoints[0]
			e.Calls = append(e.Calls, "Queries.Course")
		}, "call of the queue Queries.Course"},
	)
}

// observeBroker runs a relay and a worker on an empty broker, makes an event of each type, and sends commands of which one is invalid.
func observeBroker(t *testing.T) (observed brokerState) {
	t.Helper()
	b, err := broker.Start(t.TempDir(), broker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	bus, err := nats.Connect(b.URL(), nats.Options{Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	store, log := memstore.New(), slog.New(slog.DiscardHandler)
	core := &watchedService{Service: application.New(store)}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { cancel(); running.Wait() })
	running.Go(func() {
		(&application.Relay{Outbox: store, Locker: store, Publisher: bus, OnError: func(error) {}}).Run(ctx)
	})
	running.Go(func() { _ = bus.Work(ctx, worker.New(core, core, log).Handle) })

	conn, err := natsio.Connect(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	commands, err := conn.SubscribeSync("roster.commands.>") // which are removed when they are done
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	eachEvent(t, application.New(store))
	by := ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}
	for _, a := range []ports.Action{ports.Enroll{Course: "sql", Learner: "cyd"}, ports.Withdraw{Course: "sql", Learner: "cyd"}} {
		if _, err := bus.Send(t.Context(), []ports.Command{{By: by, Actions: []ports.Action{a}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), "roster.commands.default.0", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "three replies and all events are published", func() bool {
		return lastSequence(t, js, "ROSTER_REPLIES") == 3 && lastSequence(t, js, "ROSTER_EVENTS") == 11
	})

	names := js.StreamNames(t.Context())
	for name := range names.Name() {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		c := s.CachedInfo().Config
		consumers := s.ConsumerNames(t.Context())
		seen := record.Stream{Name: name, Title: c.Description, Subjects: c.Subjects, Publishes: lastSequence(t, js, name) > 0}
		for range consumers.Name() {
			seen.Consumes = true
		}
		seen.Consumes = seen.Consumes || name == "ROSTER_PARTITIONS" // whose last messages are read
		switch {
		case c.MaxAge > 0 && c.MaxAge < 24*time.Hour:
			seen.Retention = fmt.Sprint(c.MaxAge.Seconds(), " seconds")
		case c.MaxAge > 0:
			seen.Retention = fmt.Sprint(c.MaxAge.Hours()/24, " days")
		case c.Retention == jetstream.WorkQueuePolicy:
			seen.Retention = "until acknowledged"
		}
		observed.streams = append(observed.streams, streamInWords(seen))
	}
	for i := range uint64(11) {
		m := message(t, js, "ROSTER_EVENTS", i+1)
		var body struct {
			Type          string
			SchemaVersion int
		}
		if err := json.Unmarshal(m.Data, &body); err != nil {
			t.Fatal(err)
		}
		token := strings.Split(m.Subject, ".")
		observed.messages = append(observed.messages, fmt.Sprintf("events %s, v%d, at %s.%s.{tenant}.{courseId}.%s in ROSTER_EVENTS", body.Type, body.SchemaVersion, token[0], token[1], token[4]))
	}
	command, err := commands.NextMsg(time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.Split(command.Subject, ".")
	observed.messages = append(observed.messages, fmt.Sprintf("queue command, v1, at %s.%s.{tenant}.{partition} in ROSTER_COMMANDS", token[0], token[1]))
	token = strings.Split(message(t, js, "ROSTER_REPLIES", 1).Subject, ".")
	observed.messages = append(observed.messages, fmt.Sprintf("queue reply, v1, at %s.%s.{tenant} in ROSTER_REPLIES", token[0], token[1]))
	observed.calls = core.take()
	return observed
}

// eachEvent makes an event of each type.
func eachEvent(t *testing.T, s *application.Service) {
	t.Helper()
	by := ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}
	put := func(settings domain.Settings) {
		t.Helper()
		if _, err := s.PutCourse(t.Context(), by, "sql", settings); err != nil {
			t.Fatal(err)
		}
	}
	enroll := func(learner domain.LearnerID) {
		t.Helper()
		if _, err := s.Enroll(t.Context(), by, "sql", learner); err != nil {
			t.Fatal(err)
		}
	}
	put(domain.Settings{Title: new("SQL"), Capacity: new(1)})
	enroll("ada")
	enroll("bob")
	if _, err := s.Withdraw(t.Context(), by, "sql", "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rename(t.Context(), by, "bob", "ben"); err != nil {
		t.Fatal(err)
	}
	put(domain.Settings{Capacity: new(5)})
	put(domain.Settings{Open: new(false)})
	put(domain.Settings{Open: new(true)})
}

func lastSequence(t *testing.T, js jetstream.JetStream, stream string) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		return 0 // the bus has not created it yet
	}
	return s.CachedInfo().State.LastSeq
}

func message(t *testing.T, js jetstream.JetStream, stream string, sequence uint64) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.GetMsg(t.Context(), sequence)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
