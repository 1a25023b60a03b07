package nats_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain finds goroutines that are left, except for those of a stream that the server was creating when a test shut it down:
// nats-server 2.15.2 leaves them, for half a minute if the stream waits for its source. TestReadyCanceledWhileStreamsAreCreated holds
// that roster itself causes none.
func TestMain(m *testing.M) {
	const server = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(server+".(*fileStore).flushStreamStateLoop"), goleak.IgnoreAnyFunction(server+"/ats.Register.func1"),
		goleak.IgnoreAnyFunction(server+".(*stream).trySetupSourceConsumer.func3"))
}
