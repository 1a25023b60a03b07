package nats_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"

	"example.com/roster/adapters/nats"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A partition that can have no consumer is acquired again after longer and longer backoffs, and its loss is logged once.
func TestPartitionsWithoutConsumers(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	var lines bytes.Buffer
	options := nats.LeaseTime(short)
	options.Log = slog.New(slog.NewTextHandler(&lines, nil))
	bus, err := nats.Connect(b.URL(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	if err := bus.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	js := jetStream(t, b.URL())
	queue, err := js.Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	config := queue.CachedInfo().Config
	config.MaxConsumers = ports.Partitions / 2
	if err := js.DeleteStream(t.Context(), "ROSTER_COMMANDS"); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	partitions := make(chan string, 1000)
	requests, err := js.Conn().Subscribe("$JS.API.CONSUMER.CREATE.ROSTER_COMMANDS.>", func(m *client.Msg) {
		consumer := strings.TrimPrefix(m.Subject, "$JS.API.CONSUMER.CREATE.ROSTER_COMMANDS.partition-")
		partitions <- strings.Split(consumer, "-")[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	defer requests.Unsubscribe()
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}

	started, attempts, lost := time.Now(), make(map[string]int), ""
	stop := start(t, bus, func(context.Context, []ports.QueuedCommand) error { return nil })
	for attempts[lost] < 4 {
		lost = portstest.Receive(t, "a consumer is requested", partitions)
		attempts[lost]++
	}
	heartbeat, _, _, _ := nats.LeaseTimings(short)
	if passed, least := time.Since(started), (1+2+4)*heartbeat; passed < least { // steady: a slow machine takes longer
		t.Errorf("the partition %s was acquired 4 times within %v, want at least %v", lost, passed, least)
	}
	stop()
	bus.Close() // which ends what logs
	if n := strings.Count(lines.String(), "partition="+lost+" "); n != 1 {
		t.Errorf("the loss of the partition %s was logged %d times:\n%s", lost, n, lines.String())
	}
}
