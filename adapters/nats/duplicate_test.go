package nats_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// publishEqualIDs publishes a command of each of two tenants with one message id, one right after the other, and returns how many
// the broker has dropped as duplicates.
func publishEqualIDs(t *testing.T, js jetstream.JetStream) (dropped int) {
	t.Helper()
	for _, tenant := range []string{"one", "two"} {
		body := []byte(`{"action":"enroll","courseId":"c","learnerId":"` + tenant + `","key":"order-1"}`)
		ack, err := js.Publish(t.Context(), fmt.Sprintf("roster.commands.%s.%d", tenant, ports.PartitionOf("c")), body, jetstream.WithMsgID("order-1"))
		if err != nil {
			t.Fatal(err)
		}
		if ack.Duplicate {
			dropped++
		}
	}
	return dropped
}

// A message id of one tenant never drops a command of another, with the streams on the disk, in memory, and after a restart.
func TestEqualMessageIDsOfTwoTenants(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]broker.Options{"on disk": {}, "in memory": {InMemory: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := startBrokerWith(t, dir, options)
			bus := connectWith(t, b.URL(), nats.Options{InMemory: options.InMemory})
			if err := bus.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := 2
			if dropped := publishEqualIDs(t, jetStream(t, b.URL())); dropped != 0 {
				t.Fatalf("%d commands were dropped", dropped)
			}
			if !options.InMemory {
				b.Close()
				b = startBroker(t, dir)
				bus, want = connect(t, b.URL()), 4
				if dropped := publishEqualIDs(t, jetStream(t, b.URL())); dropped != 0 {
					t.Fatalf("%d commands were dropped after a restart", dropped)
				}
			}
			var got []string
			answer(t, bus, func(commands []ports.QueuedCommand) ([]ports.Reply, error) {
				for _, c := range commands {
					got = append(got, fmt.Sprint(c.Tenant, " ", c.Command.Actions[0].(ports.Enroll).Learner))
				}
				return slices.Repeat([]ports.Reply{{Err: domain.ErrCourseNotFound}}, len(commands)), nil
			})
			slices.Sort(got)
			if len(got) != want || !slices.Equal(slices.Compact(got), []string{"one one", "two two"}) {
				t.Errorf("the worker got %q, want one command of each tenant, each time", got)
			}
			replies := make(map[string]int)
			for _, m := range messages(t, b.URL(), "ROSTER_REPLIES") {
				replies[m.Subject()]++
			}
			if replies["roster.replies.one"] != want/2 || replies["roster.replies.two"] != want/2 {
				t.Errorf("replies: %v", replies)
			}
		})
	}
}

// createOldCommands creates the stream of commands as earlier versions did.
func createOldCommands(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "ROSTER_COMMANDS", Subjects: []string{"roster.commands.*.*"}, Retention: jetstream.WorkQueuePolicy, Duplicates: 2 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A stream of an earlier version drops duplicates. It is not altered, its window is logged, and roster's own commands have ids that
// no other sender can choose.
func TestQueueOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	js := jetStream(t, b.URL())
	createOldCommands(t, js)
	var text bytes.Buffer
	bus, err := nats.Connect(b.URL(), nats.Options{Log: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	for range 3 {
		if err := bus.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(text.String(), "window=2m0s"); n != 1 {
		t.Errorf("the window was logged %d times, want once:\n%s", n, &text)
	}
	for _, tenant := range []domain.TenantID{"one", "two"} {
		c := command("c", 1)
		c.By.Tenant = tenant
		if n, err := bus.Send(t.Context(), []ports.Command{c}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	s, err := js.Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	if info := s.CachedInfo(); info.State.Msgs != 2 || info.Config.Duplicates != 2*time.Minute {
		t.Errorf("%+v", info)
	}
}

// answering starts a broker whose queue stores nothing: it answers the n-th command of a sender, from 0, with answer(n).
func answering(t *testing.T, answer func(n int) string) (url string, received *atomic.Int32) {
	t.Helper()
	b := startBroker(t, t.TempDir())
	js := jetStream(t, b.URL())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ROSTER_COMMANDS", Subjects: []string{"nothing"}}); err != nil {
		t.Fatal(err)
	}
	received = new(atomic.Int32)
	_, err := js.Conn().Subscribe("roster.commands.>", func(m *client.Msg) {
		_ = m.Respond([]byte(answer(int(received.Add(1)) - 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	return b.URL(), received
}

const duplicate = `{"stream":"ROSTER_COMMANDS","seq":1,"duplicate":true}`

// A command that the broker drops as a duplicate of another message is not reported as stored.
func TestSendReportsADuplicate(t *testing.T) {
	t.Parallel()
	url, received := answering(t, func(n int) string {
		if n == 1 {
			return duplicate
		}
		return `{"stream":"ROSTER_COMMANDS","seq":7}`
	})
	n, err := connect(t, url).Send(t.Context(), []ports.Command{command("a", 1), command("b", 1), command("b", 2)})
	if n != 1 || !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "duplicate") {
		t.Errorf("%d were acknowledged: %v", n, err)
	}
	if got := received.Load(); got != 2 {
		t.Errorf("%d messages were sent, want 2: the same id would be dropped again", got)
	}
}

// A duplicate of the same command, whose acknowledgement was lost, is stored.
func TestSendAgainAfterALostAcknowledgement(t *testing.T) {
	t.Parallel()
	url, received := answering(t, func(n int) string {
		if n == 0 {
			return `{"stream":"ROSTER_COMMANDS","error":{"code":503,"err_code":10008,"description":"try again"}}`
		}
		return duplicate
	})
	if n, err := connect(t, url).Send(t.Context(), []ports.Command{command("a", 1)}); n != 1 || err != nil {
		t.Errorf("%d were acknowledged: %v", n, err)
	}
	if got := received.Load(); got != 2 {
		t.Errorf("%d messages were sent, want 2", got)
	}
}
