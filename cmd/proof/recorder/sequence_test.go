package recorder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSequence(t *testing.T) {
	t.Parallel()
	call := func(root, file, function string, callers ...string) Call {
		return Call{File: file, Function: function, Callers: callers, Root: root}
	}
	const (
		queue   = "m/adapters/nats.(*queue).run"
		relay   = "m/application.(*Relay).publish"
		partner = "m/cmd/example/payments/charging.(*Cashier).handle"
	)
	got := Sequence([]Call{
		call(relay, "application/relay.go", "Relay.publish", "application"),
		call(relay, "adapters/sqlite/a.go", "store.Idle", "application"), // a round without messages
		call(partner, "cmd/example/payments/charging/a.go", "Cashier.handle", "cmd/example/payments/charging"),
		call(partner, "cmd/example/payments/charging/", "roster.events.x", "broker"),
		call(partner, "cmd/example/payments/charging/bank.go", "Rule.Charge", "cmd/example/payments/charging"),
		call(queue, "adapters/nats/a.go", "queue.run", "adapters/nats"),
		call(queue, "adapters/nats/", "roster.commands.x", "broker"),
		call(partner, "broker/", "roster.commands.y", "cmd/example/payments/charging"), // at the same time
		call(queue, "application/a.go", "Submit", "adapters/observe", "adapters/nats"),
		call(queue, "domain/roster.go", "Enroll", "application", "adapters/nats"),
		call(queue, "domain/roster.go", "Events", "application", "adapters/nats"),
		call(queue, "domain/id.go", "Validate", "application", "adapters/nats"),
		call(queue, "ports/a.go", "Name", "application", "adapters/nats"),
		call(queue, "domain/roster.go", "Enroll", "application", "adapters/nats"),
		call(relay, "application/relay.go", "Relay.publish", "application"),
		call(relay, "broker/", "roster.events.z", "adapters/nats", "application"),
		call(queue, "application/a.go", "own", "application"),
	})
	want := "```mermaid" + `
sequenceDiagram
  autonumber
  participant bank
  box payments
  participant charging
  end
  participant broker
  box roster serve
  participant nats
  participant application
  participant domain
  end
  broker->>charging: roster.events.x
  charging->>bank: Rule.Charge
  charging->>broker: roster.commands.y
  broker->>nats: roster.commands.x
  nats->>application: Submit
  application->>domain: Enroll<br/>Events
  nats->>broker: roster.events.z
` + "```\n"
	if got != want {
		t.Errorf("drew\n%s\nwant\n%s", got, want)
	}
}

func TestSequenceOfARequest(t *testing.T) {
	t.Parallel()
	got := Sequence([]Call{
		{File: "adapters/httpapi/a.go", Function: "Serve", Root: "net/http.(*Server).Serve"},
		{File: "adapters/httpapi/b.go", Function: "Enroll", Callers: []string{"adapters/httpapi/internal/api", "adapters/httpapi"}, Root: "net/http.(*Server).Serve"},
		{File: "application/a.go", Function: "Submit", Callers: []string{"adapters/httpapi"}, Root: "net/http.(*Server).Serve"},
	})
	want := "```mermaid" + `
sequenceDiagram
  autonumber
  participant client
  box roster serve
  participant httpapi
  participant application
  participant domain
  end
  client->>httpapi: Serve
  httpapi->>application: Submit
` + "```\n"
	if got != want {
		t.Errorf("drew\n%s\nwant\n%s", got, want)
	}
}

// A line that is being written is left out until it is complete.
func TestReadCallsOfARunningProgram(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	const whole = "domain/roster.go Roster.Enroll application,ports root\n"
	for text, want := range map[string]int{"": 0, "domain/ros": 0, whole: 1, whole + "domain/ros": 1, whole + whole: 2} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if calls, err := ReadCalls(file); err != nil || len(calls) != want {
			t.Errorf("%q: %v, %v, want %d calls", text, calls, err, want)
		}
	}
}

// What a function sends belongs to the last call of its root.
func TestReadWhatIsCarried(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	text := "+ SQL %5B%22early%22%5D r\nb/b.go Exec - r\na/a.go F - other\n" +
		"+ SQL %5B%22SELECT+%241%22%2C%5B%7B%22Value%22%3A1%7D%5D%5D r\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	calls, err := ReadCalls(file)
	if err != nil || len(calls) != 2 || len(calls[1].Carried) != 0 || len(calls[0].Carried) != 1 {
		t.Fatalf("%v, %v", calls, err)
	}
	if got := fmt.Sprint(calls[0].Carried[0]); got != "{SQL [SELECT $1 [map[Value:1]]]}" {
		t.Errorf("it carries %s", got)
	}
	for _, invalid := range []string{"+ SQL %zz r\n", "+ SQL no+JSON r\n"} {
		if err := os.WriteFile(file, []byte(invalid), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadCalls(file); err == nil {
			t.Errorf("%q: no error", invalid)
		}
	}
}

// Each function whose arguments are recorded is there, and has them by these names.
func TestCarriersAreInTheSource(t *testing.T) {
	t.Parallel()
	for carrier := range carriers {
		file, function, _ := strings.Cut(carrier, " ")
		_, method, _ := strings.Cut(function, ".")
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil || !strings.Contains(string(text), " "+method+"(ctx context.Context, text string, values []driver.NamedValue)") {
			t.Errorf("%s has no %s with a text and values: %v", file, function, err)
		}
	}
}
