package application_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A recorder is a publisher that records what it acknowledges, and may fail.
type recorder struct {
	mu        sync.Mutex
	published []ports.Message
	accept    func([]ports.Message) (published, acknowledged int) // of a batch; nil: all
	busy      atomic.Bool
	twice     atomic.Bool // two published at once
}

func (w *recorder) Publish(_ context.Context, messages []ports.Message) (int, error) {
	if !w.busy.CompareAndSwap(false, true) {
		w.twice.Store(true)
	}
	defer w.busy.Store(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	published, acknowledged := len(messages), len(messages)
	if w.accept != nil {
		published, acknowledged = w.accept(messages)
	}
	w.published = append(w.published, messages[:published]...)
	if acknowledged < len(messages) {
		return acknowledged, fmt.Errorf("not acknowledged: %w", ports.ErrUnavailable)
	}
	return acknowledged, nil
}

func (*recorder) Latest(context.Context) (ports.EventRef, error)      { return ports.EventRef{}, nil }
func (*recorder) Holds(context.Context, ports.EventRef) (bool, error) { return true, nil }

// requireAll requires that the whole journal of every course was published and, apart from repetitions, in order.
func (w *recorder) requireAll(t *testing.T, store ports.Store, courses int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	last := make(map[domain.CourseID]int64)
	for _, m := range w.published {
		if m.Sequence > last[m.Course]+1 {
			t.Fatalf("%s: event %d was published after %d", m.Course, m.Sequence, last[m.Course])
		}
		last[m.Course] = max(last[m.Course], m.Sequence)
	}
	for i := range courses {
		id := courseID(i)
		c, err := store.Course(context.Background(), staff.Tenant, id)
		if err != nil || last[id] != c.Sequence {
			t.Errorf("%s: %d events were published of %d (%v)", id, last[id], c.Sequence, err)
		}
	}
}

func courseID(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("c-%03d", i)) }

// relaying runs relays until the function that it returns is called.
func relaying(t *testing.T, n int, outbox ports.Outbox, locker ports.Locker, p ports.Publisher) (stop func(), failures *atomic.Int64) {
	ctx, cancel := context.WithCancel(t.Context())
	failures = new(atomic.Int64)
	var running sync.WaitGroup
	for range n {
		relay := &application.Relay{Outbox: outbox, Locker: locker, Publisher: p, OnError: func(error) { failures.Add(1) }}
		running.Go(func() { relay.Run(ctx) })
	}
	return func() { cancel(); running.Wait() }, failures
}

// drained waits until everything is published.
func drained(t *testing.T, outbox ports.Outbox) {
	t.Helper()
	for range 100_000 {
		if b, err := outbox.Backlog(t.Context()); err != nil || b.Messages == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond) // steady: in a bubble
	}
	t.Fatal("the backlog does not drain")
}

// serviceWith returns a service on store with n courses.
func serviceWith(t *testing.T, store ports.Store, n int) *servicetest.Service {
	t.Helper()
	s := servicetest.NewOn(t, store)
	for i := range n {
		s.On(courseID(i)).Given("put capacity=3")
	}
	return s
}

// If the publisher loses messages or acknowledgements, and three relays run, everything is published in order.
func TestRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const courses, learners = 20, 150
		store := memstore.New()
		service := serviceWith(t, store, courses)
		batches := 0
		w := &recorder{accept: func(m []ports.Message) (int, int) {
			switch batches++; batches % 4 {
			case 1:
				return 0, 0 // away
			case 2:
				published := 1 + rand.N(len(m))
				return published, rand.N(published) // acknowledgements are lost
			}
			return len(m), len(m)
		}}
		stop, failures := relaying(t, 3, store, store, w)
		var busy sync.WaitGroup
		for i := range courses {
			busy.Go(func() {
				for l := range learners {
					if _, err := service.Enroll(t.Context(), staff, courseID(i), domain.LearnerID(fmt.Sprint("l-", l))); err != nil {
						t.Error(err)
					}
					if l%10 == 0 {
						time.Sleep(rand.N(time.Second))
					}
				}
			})
		}
		busy.Wait()
		drained(t, store)
		stop()
		w.requireAll(t, store, courses)
		if w.twice.Load() {
			t.Error("two relays published at once")
		}
		if failures.Load() == 0 || len(w.published) <= courses*(learners+1) {
			t.Errorf("%d failures, %d published: the test has no failure", failures.Load(), len(w.published))
		}
	})
}

// A course that always has new events does not delay the others.
func TestRelayIsFair(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	service := serviceWith(t, store, 2)
	published := make(chan struct{}) // an event of the other course
	publish := sync.OnceFunc(func() { close(published) })
	n := 0
	enroll := func(ctx context.Context) {
		for range 6 { // 6,000 events are more than a round takes
			c := ports.Command{By: staff}
			for range ports.MaxActions {
				n++
				c.Actions = append(c.Actions, ports.Enroll{Course: courseID(0), Learner: domain.LearnerID(fmt.Sprint("l-", n))})
			}
			for _, reply := range service.Submit(ctx, c) {
				if reply.Err != nil {
					t.Error(reply.Err)
				}
			}
		}
	}
	w := &recorder{accept: func(m []ports.Message) (int, int) {
		for _, message := range m {
			if message.Course == courseID(1) {
				publish()
			}
		}
		enroll(context.Background())
		return len(m), len(m)
	}}
	enroll(t.Context())
	stop, _ := relaying(t, 1, store, store, w)
	defer stop()
	select {
	case <-published:
	case <-time.After(2 * time.Minute):
		t.Error("no event of the other course was published")
	}
}

// An outbox that counts its calls, and fails for a while.
type outbox struct {
	*memstore.Store
	asked atomic.Int64
	fails atomic.Bool
}

func (o *outbox) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	o.asked.Add(1)
	if o.fails.Load() {
		return nil, errors.New("the store is away")
	}
	return o.Store.Unpublished(ctx, limit)
}

// An idle relay reads once a second. After failures it reads less and less often, and after a success at once.
func TestRelayWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{Store: memstore.New()}
		service := serviceWith(t, o.Store, 1)
		w := &recorder{}
		stop, failures := relaying(t, 1, o, o, w)
		defer stop()
		time.Sleep(time.Minute)
		if n := o.asked.Load(); n < 30 || n > 65 {
			t.Errorf("read %d times in an idle minute", n)
		}
		o.fails.Store(true)
		o.asked.Store(0)
		time.Sleep(time.Minute)
		if n := o.asked.Load(); n < 5 || n > 12 || failures.Load() != n {
			t.Errorf("read %d times in a minute of failures, reported %d", n, failures.Load())
		}
		o.fails.Store(false)
		time.Sleep(time.Minute)
		if _, err := service.Enroll(t.Context(), staff, courseID(0), "ada"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.requireAll(t, o, 1) // the commit woke it: no time has passed
	})
}

// A deaf outbox learns of no commit.
type deaf struct{ *memstore.Store }

func (deaf) Await(ctx context.Context, atMost time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(atMost): // steady: in a bubble
	}
}

// A commit without a notification is published within two seconds.
func TestRelayFindsUnnotifiedCommits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		service := serviceWith(t, store, 1)
		w := &recorder{}
		stop, _ := relaying(t, 1, deaf{store}, store, w)
		defer stop()
		time.Sleep(time.Minute)
		for i := range 20 {
			if _, err := service.Enroll(t.Context(), staff, courseID(0), domain.LearnerID(fmt.Sprint("l-", i))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			w.requireAll(t, store, 1)
			time.Sleep(time.Duration(i) * 77 * time.Millisecond)
		}
	})
}

// A record is marked only if the broker has acknowledged all of its messages.
func TestRelayMarksWholeRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		service := serviceWith(t, store, 1)
		c := ports.Command{By: staff}
		for i := range 10 {
			c.Actions = append(c.Actions, ports.Enroll{Course: courseID(0), Learner: domain.LearnerID(fmt.Sprint("l-", i))})
		}
		if err := service.Submit(t.Context(), c)[0].Err; err != nil {
			t.Fatal(err)
		}
		batches := 0
		w := &recorder{accept: func(m []ports.Message) (int, int) {
			if batches++; batches == 1 {
				return 5, 5 // of the second record
			}
			return len(m), len(m)
		}}
		stop, _ := relaying(t, 1, store, store, w)
		defer stop()
		drained(t, store)
		w.requireAll(t, store, 1)
		if n := len(w.published); n != 5+10 {
			t.Errorf("published %d, want 5 and then the whole second record again", n)
		}
	})
}
