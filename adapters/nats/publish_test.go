package nats_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	client "github.com/nats-io/nats.go"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// course makes messages of a course.
type course domain.CourseID

// events returns the events 1 to n of the course.
func (c course) events(n int) (all []ports.Message) {
	for i := range n {
		all = append(all, ports.Message{Tenant: "default", Entry: ports.Entry{
			ID: newID(), Correlation: "test",
			Event: domain.Event{
				Type: domain.LearnerEnrolled, Course: domain.CourseID(c), Sequence: int64(i + 1), At: time.Unix(1_800_000_000, 0),
				Learner: domain.LearnerID(fmt.Sprint("learner-", i+1)), Enrollment: domain.EnrollmentID(newID()),
			},
		}})
	}
	return all
}

func newID() string {
	return fmt.Sprintf("%08x-0000-7000-8000-%012x", rand.Uint32(), rand.N(int64(1)<<48))
}

// mixed returns the events 1 to n of several courses, interleaved.
func mixed(courses, n int) (all []ports.Message) {
	each := make([][]ports.Message, courses)
	for i := range each {
		each[i] = course(fmt.Sprint("course-", i)).events(n)
	}
	for k := range n {
		for _, events := range each {
			all = append(all, events[k])
		}
	}
	return all
}

func publishAll(t testing.TB, bus *nats.Bus, messages ...ports.Message) {
	t.Helper()
	if n, err := bus.Publish(t.Context(), messages); n != len(messages) || err != nil {
		t.Fatalf("%d of %d were acknowledged: %v", n, len(messages), err)
	}
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
		time.Sleep(10 * time.Millisecond) // steady: until the next attempt
	}
	return failures
}

// requirePublished requires that the stream has every message, and that each message of a course first arrives after the one before it.
// It returns how many arrived more than once.
func requirePublished(t testing.TB, url string, want []ports.Message) (duplicates int) {
	t.Helper()
	known, upTo := make(map[string]bool), make(map[domain.CourseID]int64)
	for _, m := range messages(t, url, "ROSTER_EVENTS") {
		requireEvent(t, m)
		e := readEvent(t, m)
		if known[e.ID] {
			duplicates++
			continue
		}
		if known[e.ID] = true; e.Sequence != upTo[e.Course]+1 {
			t.Fatalf("%s: event %d comes after %d", e.Course, e.Sequence, upTo[e.Course])
		}
		upTo[e.Course] = e.Sequence
	}
	if len(known) != len(want) {
		t.Fatalf("%d messages arrived, want %d", len(known), len(want))
	}
	return duplicates
}

// If another relay has published meanwhile, a relay is refused once, and none of its messages arrives.
func TestPublishByAFormerLeaderIsRefused(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	before, after := connect(t, b.URL()), connect(t, b.URL())
	one, other := course("one").events(1000), course("other").events(20)
	publishAll(t, before, one[:10]...)
	publishAll(t, after, other...)
	if n, err := before.Publish(t.Context(), one[10:]); n != 0 || !errors.Is(err, ports.ErrUnavailable) {
		t.Fatalf("the former leader had %d acknowledged: %v", n, err)
	}
	requirePublished(t, b.URL(), append(slices.Clone(one[:10]), other...))
	publishAll(t, before, one[10:]...) // the former leader is the leader again
	requirePublished(t, b.URL(), append(slices.Clone(one), other...))
}

// Two relays publish concurrently, with the courses in different orders. What follows a refused message is refused, too, so the
// order of each course holds.
func TestTwoRelaysPublishConcurrently(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	one, other := connect(t, b.URL()), connect(t, b.URL())
	all := mixed(5, 200)
	byCourse := slices.Clone(all)
	slices.SortStableFunc(byCourse, func(a, b ports.Message) int { return cmp.Compare(a.Course, b.Course) })
	var both sync.WaitGroup
	both.Go(func() { publishWithRetry(t, one, all) })
	both.Go(func() { publishWithRetry(t, other, byCourse) })
	both.Wait()
	requirePublished(t, b.URL(), all)
}

// Published and unpublished messages may be mixed. That costs a few more attempts, but their number does not grow with the square
// of the number of messages.
func TestPublishDuplicatesAmongNewMessages(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.Options{InProcess: b})
	var known, all []ports.Message
	for i := range 300 {
		events := course(fmt.Sprint("course-", i)).events(4)
		known, all = append(known, events[:2]...), append(all, events...)
	}
	publishAll(t, bus, known...)
	publishAll(t, bus, all...)
	if duplicates := requirePublished(t, b.URL(), all); duplicates != 0 {
		t.Errorf("%d arrived duplicates", duplicates)
	}
}

// Connections break repeatedly while messages are in flight, which may or may not arrive.
func TestPublishOrderOverBrokenConnections(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	p := startProxy(t, b)
	const cuts = 3
	p.breakAfter(cuts, func() int { return 20_000 + rand.N(400_000) })
	bus := connect(t, p.url)
	all := mixed(7, 400)
	failures := publishWithRetry(t, bus, all)
	duplicates := requirePublished(t, b.URL(), all)
	t.Logf("%d calls failed, %d messages arrived duplicates", failures, duplicates)
	if left := p.breaksLeft(); left > 0 {
		t.Errorf("%d of %d connections were not broken", left, cuts)
	}
}

// The broker restarts while messages are published.
func TestPublishOrderOverBrokerRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := startBroker(t, dir)
	p := startProxy(t, b)
	bus := connect(t, p.url)
	all := mixed(5, 800)
	failures := 0
	for chunk := range slices.Chunk(all, len(all)/2) {
		var restarted sync.WaitGroup
		restarted.Go(func() {
			time.Sleep(rand.N(50 * time.Millisecond)) // steady: any moment will do
			b.Close()
			b = startBroker(t, dir)
			p.to(b)
		})
		failures += publishWithRetry(t, bus, chunk)
		restarted.Wait()
	}
	duplicates := requirePublished(t, b.URL(), all)
	t.Logf("%d calls failed, %d messages arrived duplicates", failures, duplicates)
}

// noBroker is where no broker answers.
type noBroker struct{}

func (noBroker) InProcessConn() (net.Conn, error) { return nil, io.EOF }

// While the broker is unavailable, calls fail after a second or so.
func TestPublishFailsSoonWithoutABroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bus := connectWith(t, client.DefaultURL, nats.Options{InProcess: noBroker{}})
		all := course("go-101").events(50)
		for range 3 {
			started := time.Now()
			if n, err := bus.Publish(t.Context(), all); n != 0 || !errors.Is(err, ports.ErrUnavailable) {
				t.Fatalf("%d were acknowledged without a broker: %v", n, err)
			}
			if took := time.Since(started); took > 3*time.Second {
				t.Errorf("without a broker a call takes %v", took)
			}
		}
	})
}

// When the broker is available again, messages are published.
func TestPublishWhileTheBrokerIsUnavailable(t *testing.T) {
	t.Parallel()
	p := startProxy(t, nil)
	bus := connect(t, p.url)
	all := course("go-101").events(50)
	if n, err := bus.Publish(t.Context(), all); n != 0 || !errors.Is(err, ports.ErrUnavailable) {
		t.Fatalf("%d were acknowledged without a broker: %v", n, err)
	}
	if err := bus.Ready(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("Ready returned %v", err)
	}
	b := startBroker(t, t.TempDir())
	p.to(b)
	publishWithRetry(t, bus, all)
	if err := bus.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	requirePublished(t, b.URL(), all)
}

func BenchmarkPublish(b *testing.B) {
	for _, each := range []int{1, 2000} {
		b.Run(fmt.Sprint("by ", each), func(b *testing.B) {
			embedded := startBroker(b, b.TempDir())
			bus := connectWith(b, embedded.URL(), nats.Options{InProcess: embedded})
			all := mixed(50, b.N/50+1)[:b.N]
			b.ResetTimer()
			for begin := 0; begin < b.N; begin += each {
				publishAll(b, bus, all[begin:min(begin+each, b.N)]...)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
