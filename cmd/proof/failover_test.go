package proof_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A movingName is the address of a database that leads to one server at a time.
type movingName struct{ leadsTo atomic.Pointer[pgtest.Node] }

func (n *movingName) to(server *pgtest.Node) { n.leadsTo.Store(server) }

// open opens a store at the name.
func (n *movingName) open(t *testing.T) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), n.leadsTo.Load().URL, postgres.Configured(pgtest.DialTo(n.leadsTo.Load)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func startNode(t *testing.T, start func(...string) (*pgtest.Node, error), settings ...string) *pgtest.Node {
	t.Helper()
	pgtest.Server(t) // skips the test if there is no PostgreSQL
	node, err := start(append(pgtest.Throwaway, settings...)...)
	pgtest.Started(t, err)
	t.Cleanup(node.Stop)
	return node
}

func enrollAs(ctx context.Context, s ports.Commands, learner string) error {
	command := ports.Command{By: staff, Key: learner, Actions: []ports.Action{ports.Enroll{Course: "go", Learner: domain.LearnerID(learner)}}}
	_, err := s.Submit(ctx, command)[0].One()
	return err
}

func putLargeCourse(t *testing.T, s ports.Commands) {
	t.Helper()
	settings := domain.Settings{Title: new("Go"), Capacity: new(1_000_000)}
	if _, err := s.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{ports.PutCourse{Course: "go", Settings: settings}}})[0].One(); err != nil {
		t.Fatal(err)
	}
}

// While the name leads to a standby for a while, connections are opened to it. When the name leads back, none of them is used again:
// commands, publication and locks go on, and readiness has said what was wrong.
func TestNameLeadsToAStandbyForAWhile(t *testing.T) {
	t.Parallel()
	primary := startNode(t, pgtest.NewNode)
	if err := postgres.Migrate(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	standby := startNode(t, primary.NewStandby)
	var n movingName
	n.to(primary)
	store := n.open(t)
	service := application.New(store)
	putLargeCourse(t, service)

	n.to(standby)
	var failed atomic.Int32
	portstest.Eventually(t, "commands that fail on the standby, and readiness with them", func() bool {
		var wg sync.WaitGroup
		for i := range 32 { // more than the idle connections
			wg.Go(func() {
				if enrollAs(t.Context(), service, fmt.Sprint("early-", i, "-", failed.Load())) != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		return failed.Load() > 0 && store.Ready(t.Context()) != nil
	})
	if err := store.WithLock(t.Context(), "relay", func(context.Context) error { t.Error("a standby gave a lock"); return nil }); err == nil {
		t.Error("a lock was taken on a standby")
	}

	n.to(primary)
	round := 0
	portstest.Eventually(t, "100 commands in a row that succeed", func() bool {
		round++
		for i := range 100 {
			if enrollAs(t.Context(), service, fmt.Sprint("late-", round, "-", i)) != nil {
				return false
			}
		}
		return true
	})
	if err := store.Ready(t.Context()); err != nil {
		t.Errorf("not ready after the name leads back: %v", err)
	}
	messages, err := store.Unpublished(t.Context(), 10)
	if err == nil {
		err = store.MarkPublished(t.Context(), messages)
	}
	if err != nil || len(messages) != 10 {
		t.Errorf("%d events to publish, %v", len(messages), err)
	}
	if err := store.WithLock(t.Context(), "relay", func(context.Context) error { return nil }); err != nil {
		t.Errorf("no lock after the name leads back: %v", err)
	}
}

// A lock on a server that becomes read-only ends: another process may hold it on the server that can write.
func TestLockEndsOnAServerThatCannotWrite(t *testing.T) {
	t.Parallel()
	primary := startNode(t, pgtest.NewNode)
	if err := postgres.Migrate(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	var n movingName
	n.to(primary)
	store := n.open(t)
	locked := false
	err := store.WithLock(t.Context(), "relay", func(ctx context.Context) error {
		locked = true
		primary.Set(t, "default_transaction_read_only=on")
		portstest.Receive(t, "the end of the lock", ctx.Done())
		return nil
	})
	if err == nil || !locked {
		t.Errorf("WithLock returned the error %v, after it has locked: %t", err, locked)
	}
}

// A primary that replicates synchronously is lost under load, again and again, and its standby takes over. What was acknowledged is
// there, and the store goes on without being told.
func TestFailover(t *testing.T) {
	t.Parallel()
	swaps := 1
	if long {
		swaps = 5
	}
	settings := []string{"synchronous_standby_names=*", "synchronous_commit=on"}
	primary := startNode(t, pgtest.NewNode)
	if err := postgres.Migrate(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	standby := startNode(t, primary.NewStandby, settings...)
	var n movingName
	n.to(primary)
	store := n.open(t)
	batcher := application.NewBatcher(application.New(store), application.BatcherOptions{})
	defer batcher.Close()
	putLargeCourse(t, batcher)
	primary.Set(t, settings...)

	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var acknowledged sync.Map
	var count atomic.Int64
	for i := range 8 {
		clients.Go(func() {
			for j := 0; ctx.Err() == nil; {
				learner := fmt.Sprintf("l-%d-%d", i, j)
				if enrollAs(ctx, batcher, learner) == nil {
					acknowledged.Store(learner, true)
					count.Add(1)
					j++
				}
			}
		})
	}
	defer func() { stop(); clients.Wait() }()
	progress := func(what string) {
		t.Helper()
		before := count.Load()
		portstest.Eventually(t, what, func() bool { return count.Load() > before+50 })
	}
	progress("commands on the first primary")
	for swap := range swaps {
		begin := time.Now()
		primary.Stop()
		if err := standby.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.to(standby)
		primary, standby = standby, nil
		standby = startNode(t, primary.NewStandby, settings...) // commits wait for it
		progress(fmt.Sprintf("commands after swap %d", swap+1))
		t.Logf("swap %d: answers again after %s, the copy of the database included", swap+1, time.Since(begin).Round(time.Millisecond))
	}
	stop()
	clients.Wait()

	stored := map[string]bool{}
	for _, learner := range primary.Column(t, "SELECT learner_id FROM standings") {
		stored[learner] = true
	}
	lost := 0
	acknowledged.Range(func(learner, _ any) bool {
		if !stored[learner.(string)] {
			lost++
		}
		return true
	})
	t.Logf("%d acknowledged, %d stored, %d lost", count.Load(), len(stored), lost)
	if lost > 0 {
		t.Errorf("%d acknowledged commands are lost", lost)
	}
}
