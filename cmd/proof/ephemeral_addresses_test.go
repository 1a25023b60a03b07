package proof_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"example.com/roster/ports/portstest"
)

// At the other addresses are metrics and events.
func TestEphemeralAddresses(t *testing.T) {
	t.Parallel()
	e := startEphemeral(t, os.Args[0], "serve", "--ephemeral", "--log-level", "warn")
	conn, err := nats.Connect(e.NATSURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	events := make(chan *nats.Msg, 10)
	if _, err := conn.ChanSubscribe("roster.events.>", events); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	staff := e.client(t, "one", "staff", "sam")
	if status, _, body, err := staff.do(http.MethodPut, "/v1/courses/go", "", `{"title":"Go","capacity":1}`); err != nil || status != http.StatusCreated {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	if got, want := portstest.Receive(t, "an event", events).Subject, "roster.events.one.go.course_opened"; got != want {
		t.Errorf("event %s, want %s", got, want)
	}
	status, _, body, err := newClient(t, e.AdminURL).do(http.MethodGet, "/metrics", "", "")
	if err != nil || status != http.StatusOK || !strings.Contains(string(body), "roster_") {
		t.Errorf("metrics: %d, %v", status, err)
	}
	e.stdin.Close()
	if err := e.requireEnd(t); err != nil {
		t.Errorf("%v\n%v", err, &e.log)
	}
}
