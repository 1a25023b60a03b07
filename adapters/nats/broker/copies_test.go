package broker_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/ports/portstest"
)

var streams = []string{"ROSTER_PARTITIONS", "ROSTER_EVENTS", "ROSTER_COMMANDS", "ROSTER_REPLIES"}

// logging returns options that log into a buffer, which may be read when the bus is closed.
func logging(o nats.Options) (nats.Options, *bytes.Buffer) {
	var logged bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&logged, nil))
	return o, &logged
}

// ready makes a bus ready, twice, and returns what it has logged and which copies it misses.
func ready(t *testing.T, url string, o nats.Options) (logged string, missing []string) {
	t.Helper()
	o, log := logging(o)
	bus, err := nats.Connect(url, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		portstest.Eventually(t, "the bus is ready", func() bool { err = bus.Ready(t.Context()); return err == nil })
	}
	missing, err = bus.MissingCopies(t.Context())
	bus.Close()
	if err != nil {
		t.Fatal(err)
	}
	return log.String(), missing
}

// requireCopies requires that each stream has a number of copies.
func requireCopies(t *testing.T, js jetstream.JetStream, want int) {
	t.Helper()
	for _, name := range streams {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.CachedInfo().Config.Replicas; got != want {
			t.Errorf("%s has %d copies, want %d", name, got, want)
		}
	}
}

// lacking are the texts about all streams.
func lacking(has, of int) (texts []string) {
	for _, name := range streams {
		texts = append(texts, fmt.Sprintf("%s has %d of %d", name, has, of))
	}
	return texts
}

func deleteStreams(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	for _, name := range slices.Backward(streams) {
		if err := js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
}

// A cluster whose servers do not advertise each other stores three copies of each stream, also for a bus that knows one URL only.
// Streams that exist are not altered, but the copies that they lack are logged, once.
func TestCopiesInACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	url := c.servers[0].ClientURL()
	_, js := connect(t, url)
	logged, missing := ready(t, url, nats.Options{})
	requireCopies(t, js, 3)
	if logged != "" || missing != nil {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
	deleteStreams(t, js)

	logged, missing = ready(t, url, nats.Options{Replicas: 1})
	requireCopies(t, js, 1)
	if logged != "" || missing != nil {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
	logged, missing = ready(t, url, nats.Options{})
	requireCopies(t, js, 1)
	if !slices.Equal(missing, lacking(1, 3)) || strings.Count(logged, "\n") != 1 || !strings.Contains(logged, "streams have too few copies") ||
		!strings.Contains(logged, lacking(1, 3)[1]) {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
	deleteStreams(t, js)

	bus, err := nats.Connect(url, nats.Options{Replicas: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	requireNotReady(t, bus, "5 copies, as --nats-replicas says", "no suitable peers")
}

// A copy on a server that is down is missing.
func TestCopyOnAServerThatIsDown(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	_, js := connect(t, c.url())
	if _, missing := ready(t, c.url(), nats.Options{}); missing != nil {
		t.Errorf("missing: %q", missing)
	}
	c.stop(t, js, "ROSTER_EVENTS")
	bus, err := nats.Connect(c.url(), nats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var missing []string
	portstest.Eventually(t, "the copies of the server are missing", func() bool {
		missing, err = bus.MissingCopies(t.Context())
		return err == nil && len(missing) == len(streams)
	})
	if !slices.Equal(missing, lacking(2, 3)) {
		t.Errorf("missing: %q", missing)
	}
}

// A cluster with too few servers stores one copy, and that is logged.
func TestCopiesInASmallCluster(t *testing.T) {
	t.Parallel()
	c := startClusterOf(t, 2)
	_, js := connect(t, c.url())
	logged, missing := ready(t, c.url(), nats.Options{})
	requireCopies(t, js, 1)
	if !slices.Equal(missing, lacking(1, 3)) || !strings.Contains(logged, "streams have too few copies") {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
}

// A server without a cluster stores one copy, and none is missing, unless a number is given.
func TestCopiesOnOneServer(t *testing.T) {
	t.Parallel()
	url := startServer(t, server.Options{JetStream: true}).ClientURL()
	bus, err := nats.Connect(url, nats.Options{Replicas: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	requireNotReady(t, bus, "3 copies, as --nats-replicas says", "replicas > 1 not supported in non-clustered mode")

	_, js := connect(t, url)
	logged, missing := ready(t, url, nats.Options{})
	requireCopies(t, js, 1)
	if logged != "" || missing != nil {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
	logged, missing = ready(t, url, nats.Options{Replicas: 3})
	if !slices.Equal(missing, lacking(1, 3)) || !strings.Contains(logged, "streams have too few copies") {
		t.Errorf("missing: %q, logged: %s", missing, logged)
	}
}
