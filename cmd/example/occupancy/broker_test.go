package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// A broker is NATS in the process, with a stream such as roster's, and the file that tells of it.
type broker struct {
	options *server.Options
	server  *server.Server
	js      jetstream.JetStream
	file    string
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{file: filepath.Join(t.TempDir(), "broker.json"), options: &server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), Authorization: "secret", NoLog: true, NoSigs: true,
	}}
	b.start(t)
	t.Cleanup(b.stop)
	b.options.Port = b.server.Addr().(*net.TCPAddr).Port // again, after a restart
	about, err := json.Marshal(map[string]string{"url": b.server.ClientURL(), "token": "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.file, about, 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := connect("", b.file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if b.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	_, err = b.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"roster.events.>"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *broker) start(t *testing.T) {
	t.Helper()
	var err error
	if b.server, err = server.NewServer(b.options); err != nil {
		t.Fatal(err)
	}
	b.server.Start()
	if !b.server.ReadyForConnections(30 * time.Second) {
		t.Fatal("the broker is not ready")
	}
}

func (b *broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func (b *broker) restart(t *testing.T) {
	t.Helper()
	b.stop()
	b.start(t)
}

// tell publishes an event of the one course there is, under a message id of its own, so that the broker drops nothing.
func (b *broker) tell(t *testing.T, sequence int64, what, data string) {
	t.Helper()
	b.publish(t, fmt.Appendf(nil, `{"type":%q,"schemaVersion":1,"eventId":"id-%d","aggregateId":"go-101","tenant":"default",`+
		`"sequence":%d,"data":%s}`, what, sequence, sequence, data))
}

// publish goes on until the broker has it: one that restarts is away for a moment.
func (b *broker) publish(t *testing.T, body []byte) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		_, err := b.js.Publish(t.Context(), "roster.events.default.go-101.any", body)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
