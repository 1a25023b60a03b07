package promises_test

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/app"
)

// asProgram makes the test binary be the program, so that a test has a process to start and to kill.
const asProgram = "ROSTER_PROMISES_AS_PROGRAM"

// brokerStopped ignores what nats-server 2.15.2 leaves for half a minute when it stops while a stream waits for its source.
var brokerStopped = goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*stream).trySetupSourceConsumer.func3")

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(app.Run(context.Background(), app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
	}
	code := pgtest.Main(m)
	if err := goleak.Find(brokerStopped); err != nil && code == 0 {
		println("left behind:", err.Error())
		code = 1
	}
	os.Exit(code)
}
