package proof_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A relay that is killed several times loses no event and keeps the order of each course.
func TestKilledRelay(t *testing.T) {
	t.Parallel()
	kills, kinds := 2, []string{"sqlite"}
	if long {
		kills, kinds = 5, []string{"sqlite", "postgres"}
		if soak {
			kills = 50
		}
	}
	on(t, kinds, func(t *testing.T, s system) {
		b := newExternalBroker(t)
		const courses = 20
		for i := range courses {
			s.must(t, "", "course", "put", "c-"+itoa(i), "--title", "T", "--capacity", "3")
		}
		b.shortDeduplication(t)
		n, interrupted, outbox := 0, 0, s.storage(t)
		unpublished := func() int {
			backlog, err := outbox.Backlog(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return backlog.Messages
		}
		for range kills {
			var actions []ports.Action
			for range 6000 {
				n++
				actions = append(actions, ports.Enroll{Course: domain.CourseID("c-" + itoa(n%courses)), Learner: domain.LearnerID("l-" + itoa(n))})
			}
			s.submit(t, actions)
			before := unpublished()
			victim := s.process(t, "worker", "--nats-url", b.url(), "--admin-addr", "off")
			portstest.Eventually(t, "the relay publishes", func() bool { return unpublished() < before })
			time.Sleep(rand.N(100 * time.Millisecond)) // steady: any moment will do
			kill(victim)
			if unpublished() > 0 {
				interrupted++
			}
		}
		stop := s.work(t, b.url())
		s.published(t)
		stop()
		total := 0
		for _, events := range publishedEvents(t, b.url()) {
			total += len(events)
		}
		if total != n+courses {
			t.Errorf("published %d events, want %d", total, n+courses)
		}
		_, js := jetStream(t, b.url())
		stream, err := js.Stream(t.Context(), "ROSTER_EVENTS")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d of %d relays were killed while they published; %d events in %d messages", interrupted, kills, total, stream.CachedInfo().State.Msgs)
	})
}
