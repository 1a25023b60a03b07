package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// A broker is an in-process NATS server with a stream like roster's, and the file that describes it.
type broker struct {
	options *server.Options
	server  *server.Server
	js      jetstream.JetStream
	url     string
	file    string
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{file: filepath.Join(t.TempDir(), "broker.json"), options: &server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), Authorization: "secret", NoLog: true, NoSigs: true,
	}}
	b.start(t)
	t.Cleanup(b.stop)
	b.options.Port = b.server.Addr().(*net.TCPAddr).Port // the same after a restart
	b.url = "nats://secret@" + b.server.Addr().String()
	if err := os.WriteFile(b.file, fmt.Appendf(nil, `{"url":%q,"token":"secret","pid":1}`, b.url), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := connect(b.url, "", nil)
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
	if !b.server.ReadyForConnections(2 * time.Minute) {
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

// event publishes an event of the only course. It has no message id, so the broker drops no duplicate.
func (b *broker) event(t *testing.T, sequence int64, eventType, data string) {
	t.Helper()
	b.publish(t, fmt.Appendf(nil, `{"type":%q,"schemaVersion":1,"eventId":"id-%d","aggregateId":"go-101","tenant":"default",`+
		`"sequence":%d,"data":%s}`, eventType, sequence, sequence, data))
}

// publish retries until the broker has stored the message: a restarting broker is unavailable for a moment.
func (b *broker) publish(t *testing.T, body []byte) {
	t.Helper()
	eventually(t, "the broker has stored the message", func() bool {
		_, err := b.js.Publish(t.Context(), "roster.events.default.go-101.any", body)
		return err == nil
	})
}

// follow runs the program until the returned function is called.
func (b *broker) follow(t *testing.T, args []string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- run(ctx, args, io.Discard, io.Discard) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
		// Until the broker notices, it may deliver to the closed connection, and redeliver only after a timeout.
		eventually(t, "the connection is closed", func() bool { return b.server.NumClients() <= 1 })
	})
	t.Cleanup(stop)
	return stop
}
