package record_test

import (
	"path/filepath"
	"testing"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats/broker"
)

// startWorker starts worker on the broker in the serve that runs on the same data, and sends a command through it.
func startWorker(t *testing.T, data string) *observed {
	t.Helper()
	url, err := broker.Find(filepath.Join(data, "nats"))
	if err != nil {
		t.Fatal(err)
	}
	worker := startObserved(t, data, "worker", "--nats-url", url)
	conn, err := natsio.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "roster.commands.default.0", []byte(`{"action":"enroll","courseId":"go-101","learnerId":"ada"}`)); err != nil {
		t.Fatal(err)
	}
	return worker
}
