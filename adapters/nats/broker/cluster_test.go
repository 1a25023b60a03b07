package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/nats-io/nats-server/v2/server"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A cluster is some servers in this process. They do not advertise each other, so the bus knows only their URLs.
type cluster struct {
	nodes   []*server.Options
	servers []*server.Server
}

func startCluster(t testing.TB) *cluster { return startClusterOf(t, 3) }

func startClusterOf(t testing.TB, n int) *cluster {
	t.Helper()
	c := &cluster{servers: make([]*server.Server, n)}
	var routes []*url.URL
	for n := range c.servers {
		ports := freePorts(t)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", ports[1])})
		c.nodes = append(c.nodes, &server.Options{
			ServerName: fmt.Sprint("node-", n), Host: "127.0.0.1", Port: ports[0], JetStream: true, StoreDir: t.TempDir(),
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[1], NoAdvertise: true}, NoSigs: true, NoLog: true,
		})
	}
	t.Cleanup(func() {
		for _, s := range c.servers {
			s.Shutdown()
			s.WaitForShutdown()
		}
	})
	for n, node := range c.nodes {
		node.Routes = routes
		c.start(t, n)
	}
	portstest.Eventually(t, "a leader of the cluster", func() bool {
		for _, s := range c.servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.servers) {
				return true
			}
		}
		return false
	})
	return c
}

// freePorts returns two ports that are free now.
func freePorts(t testing.TB) (ports [2]int) {
	t.Helper()
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}

func (c *cluster) start(t testing.TB, n int) {
	t.Helper()
	s, err := server.NewServer(c.nodes[n].Clone())
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	c.servers[n] = s
}

func (c *cluster) url() string {
	var all []string
	for _, s := range c.servers {
		all = append(all, s.ClientURL())
	}
	return strings.Join(all, ",")
}

// stop stops the leader of a stream and returns its number.
func (c *cluster) stop(t testing.TB, js jetstream.JetStream, stream string) int {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for n, each := range c.servers {
		if each.Name() == s.CachedInfo().Cluster.Leader {
			each.Shutdown()
			each.WaitForShutdown()
			return n
		}
	}
	t.Fatal("no leader of ", stream)
	return 0
}

func events(n int) (all []ports.Message) {
	for i := range n {
		course := domain.CourseID(fmt.Sprint("course-", i%3))
		all = append(all, ports.Message{Tenant: "default", Entry: ports.Entry{
			ID: fmt.Sprint(course, "-", i/3+1), Correlation: "test",
			Event: domain.Event{Type: domain.LearnerEnrolled, Course: course, Sequence: int64(i/3 + 1), At: time.Unix(1_800_000_000, 0)},
		}})
	}
	return all
}

// publishWithRetry publishes as a relay does: it sends again what was not acknowledged.
func publishWithRetry(t testing.TB, bus *nats.Bus, messages []ports.Message) (failures int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for done := 0; done < len(messages); {
		n, err := bus.Publish(ctx, messages[done:])
		if done += n; err == nil {
			continue
		}
		if failures++; !errors.Is(err, ports.ErrUnavailable) || ctx.Err() != nil {
			t.Fatalf("after %d of %d: %v", done, len(messages), err)
		}
		time.Sleep(20 * time.Millisecond) // steady: until the next attempt
	}
	return failures
}

// requireOrder requires that the stream has all n events, and that each first arrives after the one before it on its course. It
// returns how many arrived more than once.
func requireOrder(t testing.TB, js jetstream.JetStream, want int) (duplicates int) {
	t.Helper()
	var s jetstream.Stream
	portstest.Eventually(t, "the stream", func() (ok bool) {
		var err error
		s, err = js.Stream(t.Context(), "ROSTER_EVENTS")
		return err == nil
	})
	known, upTo := make(map[string]bool), make(map[string]int)
	for n := max(1, s.CachedInfo().State.FirstSeq); n <= s.CachedInfo().State.LastSeq; n++ {
		var m *jetstream.RawStreamMsg
		portstest.Eventually(t, "a message", func() (ok bool) {
			var err error
			m, err = s.GetMsg(t.Context(), n)
			return err == nil
		})
		id := m.Header.Get(jetstream.MsgIDHeader)
		at := strings.LastIndexByte(id, '-')
		var sequence int
		_, _ = fmt.Sscan(id[at+1:], &sequence)
		switch {
		case known[id]:
			duplicates++
		case sequence != upTo[id[:at]]+1:
			t.Fatalf("%s comes after %d", id, upTo[id[:at]])
		}
		known[id], upTo[id[:at]] = true, max(sequence, upTo[id[:at]])
	}
	if len(known) != want {
		t.Fatalf("%d events arrived, want %d", len(known), want)
	}
	return duplicates
}

func connect(t testing.TB, servers string) (*nats.Bus, jetstream.JetStream) {
	t.Helper()
	bus, err := nats.Connect(servers, nats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	conn, err := client.Connect(servers, client.MaxReconnects(-1), client.ReconnectWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return bus, js
}

// Publish relies on this: a single server checks the expected sequence before the id, a cluster checks the id first. Both refuse a
// message whose expected sequence is wrong, and neither stores a known id again.
func TestServerChecksSequenceOrIDFirst(t *testing.T) {
	t.Parallel()
	alone := start(t, t.TempDir())
	for name, c := range map[string]struct {
		url      string
		replicas int
		idFirst  bool // a known id is accepted even with a wrong sequence
	}{
		"a single server": {alone.URL(), 1, false},
		"a cluster":       {startCluster(t).url(), 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, js := connect(t, c.url)
			portstest.Eventually(t, "a stream", func() bool {
				_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: c.replicas})
				return err == nil
			})
			publish := func(id string, last uint64) (*jetstream.PubAck, error) {
				return js.Publish(t.Context(), "s", nil, jetstream.WithMsgID(id), jetstream.WithExpectLastSequence(last),
					jetstream.WithRetryAttempts(500)) // each after 250 ms, while the servers do not know yet where the stream is
			}
			for n, id := range []string{"a", "b"} {
				if _, err := publish(id, uint64(n)); err != nil {
					t.Fatal(err)
				}
			}
			if ack, err := publish("a", 2); err != nil || !ack.Duplicate || ack.Sequence != 1 {
				t.Errorf("a known id: %+v, %v", ack, err)
			}
			if ack, err := publish("c", 1); err == nil {
				t.Errorf("a wrong sequence: %+v", ack)
			}
			if ack, err := publish("a", 1); (err == nil) != c.idFirst {
				t.Errorf("a known id with a wrong sequence: %+v, %v", ack, err)
			}
			if ack, err := publish("c", 2); err != nil || ack.Sequence != 3 {
				t.Errorf("the next: %+v, %v", ack, err)
			}
		})
	}
}

// A cluster stores streams on three servers. The leader stops and restarts while events are published.
func TestPublishOrderOverTheLossOfALeader(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	bus, js := connect(t, c.url())
	portstest.Eventually(t, "the streams", func() bool { return bus.Ready(t.Context()) == nil })
	s, err := js.Stream(t.Context(), "ROSTER_EVENTS")
	if err != nil || s.CachedInfo().Config.Replicas != 3 {
		t.Fatalf("the events are on %d servers: %v", s.CachedInfo().Config.Replicas, err)
	}
	all := events(9000)
	failures := publishWithRetry(t, bus, all[:3000])
	stopped := make(chan int)
	go func() { stopped <- c.stop(t, js, "ROSTER_EVENTS") }()
	failures += publishWithRetry(t, bus, all[3000:6000])
	c.start(t, <-stopped)
	failures += publishWithRetry(t, bus, all[5000:]) // some of them again
	duplicates := requireOrder(t, js, len(all))
	t.Logf("%d calls failed, %d events arrived duplicates", failures, duplicates)
}

// Events that a purge has removed from all servers are published again, in order, also by a new leader, which knows the ids, too.
func TestPublishAfterAPurgeOfACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	bus, js := connect(t, c.url())
	portstest.Eventually(t, "the streams", func() bool { return bus.Ready(t.Context()) == nil })
	all := events(200)
	publishWithRetry(t, bus, all[:100])
	if n, err := bus.PurgeEvents(t.Context()); n != 100 || err != nil {
		t.Fatalf("%d were removed: %v", n, err)
	}
	publishWithRetry(t, bus, all[:50])
	requireOrder(t, js, 50)
	if held, err := bus.Holds(t.Context(), all[49].Ref()); !held || err != nil {
		t.Error(held, err)
	}
	if _, err := bus.PurgeEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.start(t, c.stop(t, js, "ROSTER_EVENTS"))
	publishWithRetry(t, bus, all)
	requireOrder(t, js, 200)
	if last, err := bus.Latest(t.Context()); last.ID != all[199].ID || err != nil {
		t.Errorf("the latest event is %+v: %v", last, err)
	}
}
