package record_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/adapters/postgres/pgtest"
)

// brokerStopped ignores what nats-server 2.15.2 leaves for half a minute when it stops while a stream waits for its source.
var brokerStopped = goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*stream).trySetupSourceConsumer.func3")

// programDir is where the program is built, if a test needs it.
var programDir string

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "record"); err != nil {
		panic(err)
	}
	code := pgtest.Main(m)
	os.RemoveAll(programDir)
	if err := goleak.Find(brokerStopped); err != nil && code == 0 {
		println("goroutines still run:", err.Error())
		code = 1
	}
	os.Exit(code)
}
