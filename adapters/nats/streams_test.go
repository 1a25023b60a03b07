package nats_test

import (
	"context"
	"testing"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
)

// If the caller leaves while streams are being created and then ends the server, none of its files stays open. [TestMain] would
// find them.
func TestReadyCanceledWhileStreamsAreCreated(t *testing.T) {
	t.Parallel()
	for i := range 50 {
		b, err := broker.Start(t.TempDir(), broker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		bus, err := nats.Connect(b.URL(), nats.Options{InProcess: b})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond) // steady: any moment will do
		_ = bus.Ready(ctx)
		cancel()
		bus.Close()
		b.Close()
	}
}
