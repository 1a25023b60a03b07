package nats_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A server that is told to end while it makes a stream forgets the stream's file, now and then (nats-server 2.15.2). These two are
// what goes on there; all else must have ended.
func TestMain(m *testing.M) {
	const server = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction(server+".(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreTopFunction(server+"/ats.Register.func1"))
}
