package proof_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/application"
	"example.com/roster/cmd/example/occupancy/projection"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// lossy loses all or the last acknowledgements of the first publish and of one in five: the relay does not learn that these messages
// arrived.
type lossy struct {
	ports.Publisher
	lost *atomic.Int64
}

func (l lossy) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	n, err := l.Publisher.Publish(ctx, messages)
	if err == nil && n > 0 && (l.lost.Load() == 0 || rand.N(5) == 0) {
		known := rand.N(n)
		l.lost.Add(int64(n - known))
		return known, ports.ErrUnavailable
	}
	return n, err
}

// A projector with an inbox applies each of 30,000 events once, although acknowledgements are lost, the relay and the broker restart
// several times, and all events are published again at the end. The broker holds more messages than events.
func TestEventsThroughChaos(t *testing.T) {
	t.Parallel()
	total, restarts := 4_000, 3
	if long {
		total, restarts = 30_000, 12
	}
	const courses = 30
	s := newSystem(t, "sqlite")
	for i := range courses {
		s.must(t, "", "course", "put", "c-"+itoa(i), "--title", "T", "--capacity", "100")
	}
	store := s.storage(t)
	b := newExternalBroker(t)
	b.shortDeduplication(t)
	_, js := jetStream(t, b.url())

	projector, err := projection.Open(t.Context(), filepath.Join(t.TempDir(), "occupancy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer projector.Close()
	following, stopFollowing := context.WithCancel(t.Context())
	defer stopFollowing()

	var lost atomic.Int64
	relay := func() (stop func()) {
		bus, err := nats.Connect(b.url(), nats.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r := &application.Relay{Outbox: store, Locker: store, Publisher: lossy{bus, &lost}, OnError: func(error) {}, Batch: total / 8} // a small batch, since the relay waits longer after each loss
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		return func() { cancel(); running.Wait(); bus.Close() }
	}
	stop := relay()
	var follower sync.WaitGroup
	follower.Go(func() {
		if err := projector.Follow(following, js, slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
	})

	// A course is one event; of three actions two enroll and one withdraws.
	n := courses
	for round := range restarts {
		var actions []ports.Action
		for n < total*(round+1)/restarts {
			course, learner := domain.CourseID("c-"+itoa(n%courses)), domain.LearnerID("l-"+itoa(n))
			actions = append(actions, ports.Enroll{Course: course, Learner: learner})
			if n++; n%3 == 0 && n < total {
				actions = append(actions, ports.Withdraw{Course: course, Learner: learner})
				n++
			}
		}
		s.submit(t, actions)
		time.Sleep(rand.N(300 * time.Millisecond)) // steady: any moment will do
		if round%2 == 0 {
			stop()
			stop = relay()
		} else {
			b.stop()
			time.Sleep(rand.N(300 * time.Millisecond)) // steady: any moment will do
			b.restart(t)
		}
	}
	s.published(t)
	stop()
	again := s.must(t, "", "--json", "repair", "--republish", "24h")
	stop = relay()
	s.published(t)
	stop()

	events := 0
	for _, of := range publishedEvents(t, b.url()) {
		events += len(of)
	}
	stream, err := js.Stream(t.Context(), "ROSTER_EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	sent := int(stream.CachedInfo().State.Msgs)
	t.Logf("%d events, %d acknowledgements lost, republished %s; the broker holds %d messages", events, lost.Load(), strings.TrimSpace(again), sent)
	if events < total || sent <= events || lost.Load() == 0 {
		t.Errorf("%d events in %d messages, want at least %d in more; %d lost", events, sent, total, lost.Load())
	}

	var rows []projection.Row
	portstest.Eventually(t, "the projector has all events", func() bool {
		if rows, err = projector.Rows(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen := int64(0)
		for _, r := range rows {
			seen += r.Sequence
		}
		return seen >= int64(events)
	})
	stopFollowing()
	follower.Wait()
	effects := int64(0)
	for _, r := range rows {
		c, err := store.Course(t.Context(), tenant, domain.CourseID(r.Course))
		if err != nil {
			t.Fatal(err)
		}
		effects += r.Sequence
		if r.Enrolled != int64(c.SeatsTaken) || r.Waitlisted != int64(c.WaitlistLength) || r.Sequence != c.Sequence {
			t.Errorf("the read model has %+v, the store has %+v", r, c)
		}
	}
	if effects != int64(events) {
		t.Errorf("%d events have %d effects", events, effects)
	}
	s.mustCheck(t)
}
