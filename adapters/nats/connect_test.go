package nats_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestConnectRejectsMalformedURLs(t *testing.T) {
	t.Parallel()
	for _, server := range []string{
		"", " ", "nats://", "http://127.0.0.1", "nats://secret@127.0.0.1:port", "nats://a,,nats://b", "nats://a b", "%",
	} {
		bus, err := nats.Connect(server, nats.Options{})
		if !errors.Is(err, domain.ErrInvalidArgument) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", server, err)
		}
		if err == nil {
			bus.Close()
		}
	}
}

// Connect succeeds if the URL is well formed. Ready reports that no broker answers or that the token is wrong.
func TestConnectWithoutBrokerOrWithTheWrongToken(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	at, err := url.Parse(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]string{
		"no broker":            "127.0.0.1:1",
		"several, no broker":   "nats://127.0.0.1:1, nats://127.0.0.1:2",
		"no token":             "nats://" + at.Host,
		"another's token":      "nats://ABCDEFGHIJKLMNOPQRSTUVWXYZ@" + at.Host,
		"as a user's password": "nats://user:password@" + at.Host,
	} {
		bus, err := nats.Connect(server, nats.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		err = bus.Ready(t.Context())
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%s: Ready returned %v", name, err)
		}
		t.Logf("%s: %v", name, err)
		bus.Close()
	}
}

// Missing streams are created as promised. Existing streams are never altered.
func TestStreamsAreCreatedAndNeverAltered(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	js := jetStream(t, b.URL())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "ROSTER_REPLIES", Subjects: []string{"roster.replies.*"}, MaxAge: time.Hour,
	}); err != nil {
		t.Fatal(err)
	}
	bus := connect(t, b.URL())
	for range 2 {
		if err := bus.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]struct {
		retention jetstream.RetentionPolicy
		age       time.Duration
		dedup     time.Duration
	}{
		"ROSTER_EVENTS":     {jetstream.LimitsPolicy, 30 * 24 * time.Hour, 2 * time.Minute},
		"ROSTER_COMMANDS":   {jetstream.WorkQueuePolicy, 0, 0},
		"ROSTER_REPLIES":    {jetstream.LimitsPolicy, time.Hour, 2 * time.Minute},
		"ROSTER_PARTITIONS": {jetstream.LimitsPolicy, 10 * time.Second, 10 * time.Second},
	} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := s.CachedInfo().Config
		if c.Retention != want.retention || c.MaxAge != want.age || c.Duplicates != want.dedup || c.Replicas != 1 ||
			c.Storage != jetstream.FileStorage {
			t.Errorf("%s is %+v", name, c)
		}
	}
	if err := js.DeleteStream(t.Context(), "ROSTER_EVENTS"); err != nil {
		t.Fatal(err)
	}
	publishWithRetry(t, bus, course("go-101").events(3)) // Publish creates the missing stream
}

// Processes that create a stream at the same moment with different configurations agree on one.
func TestStreamsAreCreatedTogether(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range 8 {
		bus := connectWith(t, b.URL(), nats.Options{InMemory: i%2 == 0})
		all.Go(func() {
			<-begin
			if err := bus.Ready(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}

func TestStreamsInMemory(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	if err := connectWith(t, b.URL(), nats.Options{InMemory: true}).Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	js := jetStream(t, b.URL())
	for _, name := range []string{"ROSTER_EVENTS", "ROSTER_COMMANDS", "ROSTER_REPLIES", "ROSTER_PARTITIONS"} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if storage := s.CachedInfo().Config.Storage; storage != jetstream.MemoryStorage {
			t.Errorf("%s is stored in %s", name, storage)
		}
	}
}
