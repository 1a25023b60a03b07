package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/roster/cmd/example/occupancy/projection"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnce(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "occupancy.db"), "--once"}

	b.event(t, 1, "course.opened", `{"title":"Go","capacity":1}`)
	b.event(t, 2, "learner.enrolled", `{"learnerId":"ada","enrollmentId":"e1"}`)
	b.event(t, 3, "learner.waitlisted", `{"learnerId":"bob","enrollmentId":"e2"}`)
	requireTable(t, args, `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":1,"waitlisted":1,`+
		`"sequence":3,"waiting":0}`)

	// The broker forgets all acknowledgements: all events are redelivered, and some more.
	if err := b.js.DeleteConsumer(t.Context(), "EVENTS", "occupancy"); err != nil {
		t.Fatal(err)
	}
	b.event(t, 5, "learner.promoted", `{"learnerId":"bob","enrollmentId":"e2"}`)
	b.event(t, 3, "learner.waitlisted", `{"learnerId":"bob","enrollmentId":"e2"}`)
	requireTable(t, args, `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":1,"waitlisted":1,`+
		`"sequence":3,"waiting":1}`)

	// A lost event is republished, and is in the stream behind later events.
	b.event(t, 4, "learner.withdrawn", `{"learnerId":"ada","enrollmentId":"e1","from":"enrolled"}`)
	requireTable(t, args, `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":1,"waitlisted":0,`+
		`"sequence":5,"waiting":0}`)
}

// A message that was delivered to another process and is not acknowledged is not done: --once waits for it.
func TestOnceWaitsForUnacknowledgedMessages(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "occupancy.db"), "--once"}
	b.event(t, 1, "course.opened", `{"title":"Go","capacity":1}`)
	requireTable(t, args, `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":0,"waitlisted":0,`+
		`"sequence":1,"waiting":0}`)
	b.event(t, 2, "learner.enrolled", `{"enrollmentId":"e1"}`)
	another, err := b.js.Consumer(t.Context(), "EVENTS", "occupancy")
	if err != nil {
		t.Fatal(err)
	}
	delivered, err := another.Next()
	if err != nil {
		t.Fatal(err)
	}
	looks, err := b.js.Conn().SubscribeSync("$JS.API.CONSUMER.INFO.EVENTS.occupancy")
	if err = errors.Join(err, b.js.Conn().Flush()); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	result := make(chan error, 1)
	go func() { result <- run(t.Context(), args, &stdout, io.Discard) }()
	for range 2 { // it looks again, so it did not end after the first look
		if _, err := looks.NextMsg(2 * time.Minute); err != nil {
			t.Fatalf("it did not wait: %s", stdout.String())
		}
	}
	if err := delivered.Nak(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil || !strings.Contains(stdout.String(), `"enrolled":1`) {
		t.Errorf("%v, %s", err, stdout.String())
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "occupancy.db")}
	b.event(t, 1, "course.opened", `{"title":"Go","capacity":1}`)
	b.event(t, 4, "learner.withdrawn", `{"learnerId":"ada","enrollmentId":"e1","from":"enrolled"}`)
	b.event(t, 7, "learner.promoted", `{"learnerId":"bob","enrollmentId":"e2"}`)
	requireTable(t, append(args, "--adopt"), `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":1,`+
		`"waitlisted":0,"sequence":7,"waiting":0}`)
	b.event(t, 8, "learner.waitlisted", `{"learnerId":"cyd","enrollmentId":"e3"}`)
	requireTable(t, append(args, "--once"), `{"tenant":"default","courseId":"go-101","title":"Go","capacity":1,"enrolled":1,`+
		`"waitlisted":1,"sequence":8,"waiting":0}`)
}

// It continues after restarts of its own and of the broker.
func TestFollow(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	database, p := create(t)
	args := []string{"--nats-url", b.url, "--database", database}
	b.event(t, 1, "course.opened", `{"title":"Go","capacity":100}`)
	sequence := int64(1)
	for range 3 {
		stop := b.follow(t, args)
		for range 10 {
			sequence++
			b.event(t, sequence, "learner.enrolled", fmt.Sprintf(`{"enrollmentId":"e%d"}`, sequence))
		}
		requireSoon(t, p, sequence)
		b.restart(t)
		sequence++
		b.event(t, sequence, "learner.enrolled", fmt.Sprintf(`{"enrollmentId":"e%d"}`, sequence))
		requireSoon(t, p, sequence)
		stop()
	}
}

// The broker embedded in roster serve has another address after a restart: the program stops, and must read the file again.
func TestTheEmbeddedBrokerStops(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	database, p := create(t)
	b.event(t, 1, "course.opened", `{"title":"Go","capacity":100}`)
	result := make(chan error, 1)
	go func() {
		result <- run(t.Context(), []string{"--broker-file", b.file, "--database", database}, io.Discard, io.Discard)
	}()
	requireSoon(t, p, 1)
	b.stop()
	if err := <-result; !errors.Is(err, errBrokerStopped) {
		t.Error(err)
	}
}

// An unreadable message stops the program at every start, and is not acknowledged.
func TestNothingIsSkipped(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	args := []string{"--broker-file", b.file, "--database", filepath.Join(t.TempDir(), "occupancy.db")}
	b.publish(t, []byte(`{"schemaVersion":2}`))
	for range 2 {
		if err := run(t.Context(), args, io.Discard, io.Discard); !errors.Is(err, projection.ErrUnreadable) {
			t.Fatal(err)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "broker.json")
	if err := os.WriteFile(garbage, []byte("nats://"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--nats"}, {"--nats-url", "nats://127.0.0.1:1"},
		{"--broker-file", filepath.Join(t.TempDir(), "none")}, {"--broker-file", garbage},
	} {
		args = append([]string{"--database", filepath.Join(t.TempDir(), "occupancy.db")}, args...)
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// create creates a database before the program opens it, and returns it open. While one process creates the file and switches it to
// WAL, SQLite refuses others at once, whatever their timeout.
func create(t *testing.T) (database string, p *projection.Projector) {
	t.Helper()
	database = filepath.Join(t.TempDir(), "occupancy.db")
	p, err := projection.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return database, p
}

// requireSoon waits until all events up to a sequence of the only course are applied.
func requireSoon(t *testing.T, p *projection.Projector, sequence int64) {
	t.Helper()
	want := projection.Row{
		Tenant: "default", Course: "go-101", Title: "Go", Capacity: 100, Enrolled: sequence - 1, Sequence: sequence,
	}
	eventually(t, fmt.Sprintf("the row is %+v", want), func() bool {
		rows, err := p.Rows(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1 && rows[0] == want
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

func requireTable(t *testing.T, args []string, want string) {
	t.Helper()
	var stdout bytes.Buffer
	if err := run(t.Context(), args, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(stdout.String()); got != want {
		t.Fatalf("printed\n%s\nwant\n%s", got, want)
	}
}
