package nats_test

import (
	"context"
	"testing"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
)

// Who leaves while streams are being made, and ends the server then, leaves none of its files open. [TestMain] would find them.
func TestLeavingWhileStreamsAreMade(t *testing.T) {
	t.Parallel()
	for i := range 50 {
		b, err := broker.Start(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		bus, err := nats.Connect(b.URL(), nats.WithInProcess(b))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond)
		_ = bus.Ready(ctx)
		cancel()
		bus.Close()
		b.Close()
	}
}
