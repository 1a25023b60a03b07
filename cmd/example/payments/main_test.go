package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"example.com/roster/cmd/example/payments/charging"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Each event is delivered three times, the process stops after each round, and one command is sent.
func TestRefusedOnce(t *testing.T) {
	t.Parallel()
	b, js := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "payments.db")}
	for range 3 {
		stop := b.follow(t, args)
		publish(t, js, "learner_enrolled", event("1", "learner.enrolled", "ada"))
		last := publish(t, js, "learner_promoted", event("2", "learner.promoted", "broke-bob"))
		publish(t, js, "learner_waitlisted", event("3", "learner.waitlisted", "broke-cyd")) // no seat, no charge
		requireHandled(t, js, last)
		stop()
	}

	commands, err := js.Stream(t.Context(), "COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	info, err := commands.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	if err != nil || info.State.Msgs != 1 || info.State.LastSeq != 1 {
		t.Fatalf("%+v, %v: want one command", info, err)
	}
	got, err := commands.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"action":"withdraw","courseId":"go-101","learnerId":"broke-bob","enrollmentId":"e-2",` +
		`"key":"payment-refused-2","correlationId":"story"}`
	if string(got.Data) != body || got.Header != nil {
		t.Errorf("%s %v: %s", got.Subject, got.Header, got.Data)
	}
	partition := fnv.New32a()
	partition.Write([]byte("go-101"))
	if want := fmt.Sprintf("roster.commands.default.%d", partition.Sum32()%16); got.Subject != want {
		t.Errorf("sent to %s, want %s", got.Subject, want)
	}
}

// The queue drops no command because another tenant's has the same key, even if it drops equal message ids.
func TestEqualKeysOfTwoTenants(t *testing.T) {
	t.Parallel()
	_, js := startBroker(t)
	queue := charging.NewQueue(js)
	for _, tenant := range []string{"one", "two"} {
		if err := queue.Send(t.Context(), charging.Command{Tenant: tenant, Course: "go-101", Learner: "bob", Key: "refused-1"}); err != nil {
			t.Fatal(err)
		}
	}
	if stream, err := js.Stream(t.Context(), "COMMANDS"); err != nil || stream.CachedInfo().State.Msgs != 2 {
		t.Errorf("%+v, %v: want two commands", stream.CachedInfo().State, err)
	}
}

// While the queue does not exist, the event is not acknowledged, and is redelivered.
func TestAMissingQueue(t *testing.T) {
	t.Parallel()
	b, js := startBroker(t)
	if err := js.DeleteStream(t.Context(), "COMMANDS"); err != nil {
		t.Fatal(err)
	}
	b.follow(t, []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "payments.db")})
	last := publish(t, js, "learner_enrolled", event("1", "learner.enrolled", "broke-bob"))
	eventually(t, "the event is redelivered", func() bool {
		consumer, err := js.Consumer(t.Context(), "EVENTS", "payments")
		return err == nil && consumer.CachedInfo().NumRedelivered > 0
	})
	createCommands(t, js)
	requireHandled(t, js, last)
	if stream, err := js.Stream(t.Context(), "COMMANDS"); err != nil || stream.CachedInfo().State.Msgs != 1 {
		t.Errorf("%+v, %v", stream, err)
	}
}

// A URL with a password need not be on the command line, and the help does not print it.
func TestURLFromTheEnvironment(t *testing.T) {
	b, js := startBroker(t)
	t.Setenv("NATS_URL", "nats://secret@"+b.Addr().String())
	var help strings.Builder
	if err := run(t.Context(), []string{"--help"}, &help); !errors.Is(err, flag.ErrHelp) || strings.Contains(help.String(), "secret") {
		t.Errorf("%v: %s", err, &help)
	}
	last := publish(t, js, "learner_enrolled", event("1", "learner.enrolled", "ada"))
	b.follow(t, []string{"--database", filepath.Join(t.TempDir(), "payments.db")})
	requireHandled(t, js, last)
}

func TestNothingIsSkipped(t *testing.T) {
	t.Parallel()
	b, js := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "payments.db")}
	publish(t, js, "learner_enrolled", []byte(`{"schemaVersion":2}`))
	if err := run(t.Context(), args, io.Discard); !errors.Is(err, charging.ErrUnreadable) {
		t.Error(err)
	}
	if consumer, err := js.Consumer(t.Context(), "EVENTS", "payments"); err != nil || consumer.CachedInfo().NumAckPending != 1 {
		t.Errorf("%+v, %v", consumer, err)
	}
}

func event(id, eventType, learner string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"schemaVersion":1,"eventId":%q,"correlationId":"story","aggregateId":"go-101",`+
		`"tenant":"default","sequence":1,"data":{"learnerId":%q,"enrollmentId":%q}}`, eventType, id, learner, "e-"+id)
}

// A broker is an in-process NATS server with streams like roster's, and the file that describes it.
type broker struct {
	*server.Server
	file string
}

func startBroker(t *testing.T) (b broker, js jetstream.JetStream) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), Authorization: "secret", NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready")
	}
	url := "nats://secret@" + s.Addr().String()
	b = broker{s, filepath.Join(t.TempDir(), "broker.json")}
	if err := os.WriteFile(b.file, fmt.Appendf(nil, `{"url":%q}`, url), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := connect(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"roster.events.>"}})
	if err != nil {
		t.Fatal(err)
	}
	createCommands(t, js)
	return b, js
}

// follow runs the program until the returned function is called.
func (b broker) follow(t *testing.T, args []string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- run(ctx, args, io.Discard) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
		// Until the broker notices, it may deliver to the closed connection, and redeliver only after a timeout.
		eventually(t, "the connection is closed", func() bool { return b.NumClients() <= 1 })
	})
	t.Cleanup(stop)
	return stop
}

func createCommands(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "COMMANDS", Subjects: []string{"roster.commands.>"}})
	if err != nil {
		t.Fatal(err)
	}
}

// publish returns the sequence of the message.
func publish(t *testing.T, js jetstream.JetStream, subject string, body []byte) uint64 {
	t.Helper()
	ack, err := js.Publish(t.Context(), "roster.events.default.go-101."+subject, body)
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

// requireHandled waits until the service has acknowledged the events up to the last. A consumer sees a message a moment after its
// publisher, so that none may be pending before.
func requireHandled(t *testing.T, js jetstream.JetStream, last uint64) {
	t.Helper()
	eventually(t, "all events are acknowledged", func() bool {
		consumer, err := js.Consumer(t.Context(), "EVENTS", "payments")
		return err == nil && consumer.CachedInfo().Delivered.Stream >= last && consumer.CachedInfo().NumAckPending == 0
	})
}

// eventually waits until holds returns true. It fails t after two minutes, which only a hang reaches.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(10 * time.Millisecond) { // steady: until the next look
		if time.Now().After(end) {
			t.Fatalf("not after two minutes: %s", what)
		}
	}
}
