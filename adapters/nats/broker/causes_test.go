package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// requireNotReady waits until the bus is not ready for a cause. On a busy machine, a request may end before the broker says why.
func requireNotReady(t *testing.T, bus *nats.Bus, says ...string) {
	t.Helper()
	portstest.Eventually(t, fmt.Sprintf("not ready for %q", says), func() bool {
		err := bus.Ready(t.Context())
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Fatal(err)
		}
		t.Log(err)
		return !slices.ContainsFunc(says, func(text string) bool { return !strings.Contains(err.Error(), text) })
	})
}

// requireCause requires that an error says that the broker is unavailable, and why.
func requireCause(t *testing.T, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Fatal(err)
	}
	t.Log(err)
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v does not say %q", err, text)
		}
	}
}

func TestBrokerThatIsAway(t *testing.T) {
	t.Parallel()
	s := startServer(t, server.Options{JetStream: true})
	bus, _ := connect(t, s.ClientURL())
	if err := bus.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	requireNotReady(t, bus, "no broker answers")
	other, _ := nats.Connect(s.ClientURL(), nats.Options{})
	defer other.Close()
	requireNotReady(t, other, "no broker answers")
	portstest.Eventually(t, "the reason is known", func() bool {
		return strings.Contains(fmt.Sprint(other.Ready(t.Context())), "connection refused")
	})
}

func TestBrokerWithoutJetStream(t *testing.T) {
	t.Parallel()
	bus, _ := connect(t, startServer(t, server.Options{}).ClientURL())
	requireNotReady(t, bus, "the broker has no JetStream")
}

// A right that is missing makes the broker not answer. The error says which one it is.
func TestMissingRight(t *testing.T) {
	t.Parallel()
	user := &server.User{Username: "roster", Password: "secret", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Deny: []string{"$JS.API.STREAM.CREATE.ROSTER_PARTITIONS", "roster.events.>"}},
	}}
	operator := &server.User{Username: "operator", Password: "secret"}
	s := startServer(t, server.Options{JetStream: true, Users: []*server.User{user, operator}})
	bus, err := nats.Connect(strings.Replace(s.ClientURL(), "://", "://roster:secret@", 1), nats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	requireNotReady(t, bus, "lacks a right", `"$JS.API.STREAM.CREATE.ROSTER_PARTITIONS"`)
	all, _ := connect(t, strings.Replace(s.ClientURL(), "://", "://operator:secret@", 1))
	if err := all.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = bus.Publish(t.Context(), events(1))
	requireCause(t, err, "lacks a right", `"roster.events.default.`)
}

// MissingRights finds each right that is missing, and changes nothing.
func TestMissingRightsAreFound(t *testing.T) {
	t.Parallel()
	denied := []string{"$JS.API.STREAM.CREATE.ROSTER_EVENTS", "$JS.API.STREAM.MSG.DELETE.ROSTER_PARTITIONS", "$JS.API.CONSUMER.MSG.NEXT.ROSTER_COMMANDS.*"}
	user := &server.User{Username: "roster", Password: "secret", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: denied}}}
	operator := &server.User{Username: "operator", Password: "secret"}
	s := startServer(t, server.Options{JetStream: true, Users: []*server.User{user, operator}})
	all, js := connect(t, strings.Replace(s.ClientURL(), "://", "://operator:secret@", 1))
	some, _ := connect(t, strings.Replace(s.ClientURL(), "://", "://roster:secret@", 1))
	for range 2 { // without the streams, and with them
		if missing, err := all.MissingRights(t.Context()); err != nil || missing != nil {
			t.Errorf("%q, %v", missing, err)
		}
		for i := range denied {
			denied[i] = strings.Replace(denied[i], "*", "none", 1)
		}
		if missing, err := some.MissingRights(t.Context()); err != nil || !slices.Equal(missing, denied) {
			t.Errorf("%q, %v", missing, err)
		}
		if err := all.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range streams {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if state := s.CachedInfo().State; state.LastSeq > 0 || state.Consumers > 0 {
			t.Errorf("%s: %+v", name, state)
		}
	}
	s.Shutdown()
	_, err := all.MissingRights(t.Context())
	requireCause(t, err, "no broker answers")
}

// A user may publish events without the right to remove them.
func TestPurgeNeedsARight(t *testing.T) {
	t.Parallel()
	user := &server.User{Username: "roster", Password: "secret", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Deny: []string{"$JS.API.STREAM.PURGE.>"}},
	}}
	operator := &server.User{Username: "operator", Password: "secret"}
	s := startServer(t, server.Options{JetStream: true, Users: []*server.User{user, operator}})
	some, _ := connect(t, strings.Replace(s.ClientURL(), "://", "://roster:secret@", 1))
	if n, err := some.Publish(t.Context(), events(5)); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // steady: no answer ever comes
	defer cancel()
	_, err := some.PurgeEvents(ctx)
	requireCause(t, err, "purge stream ROSTER_EVENTS", "lacks a right", `"$JS.API.STREAM.PURGE.ROSTER_EVENTS"`)
	all, _ := connect(t, strings.Replace(s.ClientURL(), "://", "://operator:secret@", 1))
	if n, err := all.PurgeEvents(t.Context()); n != 5 || err != nil {
		t.Errorf("%d were removed: %v", n, err)
	}
}

// A sender needs rights for its commands, and to see that the streams exist.
func TestRightsOfASender(t *testing.T) {
	t.Parallel()
	sender := &server.User{Username: "sender", Password: "secret", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"roster.commands.>", "$JS.API.STREAM.INFO.ROSTER_EVENTS", "$JS.API.STREAM.INFO.ROSTER_COMMANDS",
			"$JS.API.STREAM.INFO.ROSTER_REPLIES", "$JS.API.STREAM.INFO.ROSTER_PARTITIONS",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}}
	operator := &server.User{Username: "operator", Password: "secret"}
	s := startServer(t, server.Options{JetStream: true, Users: []*server.User{sender, operator}})
	all, _ := connect(t, strings.Replace(s.ClientURL(), "://", "://operator:secret@", 1))
	if err := all.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, logged := logging(nats.Options{})
	bus, err := nats.Connect(strings.Replace(s.ClientURL(), "://", "://sender:secret@", 1), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := bus.Send(t.Context(), commands(20)); n != 20 || err != nil {
		t.Errorf("%d were sent: %v", n, err)
	}
	if bus.Close(); logged.Len() > 0 {
		t.Error(logged)
	}
}

// commands are on a course each.
func commands(n int) (all []ports.Command) {
	for i := range n {
		all = append(all, ports.Command{
			By:      ports.Actor{Tenant: "default", Subject: "test", Role: ports.Staff},
			Actions: []ports.Action{ports.Enroll{Course: domain.CourseID(fmt.Sprint("course-", i)), Learner: "ada"}},
		})
	}
	return all
}

// A stream that an operator has limited refuses what exceeds its limit. The error names the stream and the limit.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	bus, js := connect(t, startServer(t, server.Options{JetStream: true}).ClientURL())
	if err := bus.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	queue, err := js.Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	limited := queue.CachedInfo().Config
	limited.MaxMsgs, limited.Discard = 100, jetstream.DiscardNew
	if _, err := js.UpdateStream(t.Context(), limited); err != nil {
		t.Fatal(err)
	}
	n, err := bus.Send(t.Context(), commands(150))
	requireCause(t, err, "ROSTER_COMMANDS", "the stream is full", "maximum messages exceeded")
	if n != 100 {
		t.Errorf("%d commands were stored", n)
	}
}

func TestFullStream(t *testing.T) {
	t.Parallel()
	url := startServer(t, server.Options{JetStream: true}).ClientURL()
	for limit, c := range map[string]jetstream.StreamConfig{
		"maximum bytes exceeded":    {MaxBytes: 1000},
		"maximum messages exceeded": {MaxMsgs: 5},
	} {
		bus, js := connect(t, url)
		c.Name, c.Subjects, c.Discard = "ROSTER_EVENTS", []string{"roster.events.>"}, jetstream.DiscardNew
		if _, err := js.CreateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		n, err := bus.Publish(t.Context(), events(20))
		requireCause(t, err, "ROSTER_EVENTS", "the stream is full", limit)
		if n == 0 || n >= 20 {
			t.Errorf("%d events were stored", n)
		}
		if err := js.DeleteStream(t.Context(), c.Name); err != nil {
			t.Fatal(err)
		}
	}
}
