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
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A world hears what is published, and may be hard of hearing.
type world struct {
	mu    sync.Mutex
	heard []ports.Message
	hears func([]ports.Message) (heard, acknowledged int) // of a batch; nil: all
	busy  atomic.Bool
	twice atomic.Bool // two published at once
}

func (w *world) Publish(_ context.Context, messages []ports.Message) (int, error) {
	if !w.busy.CompareAndSwap(false, true) {
		w.twice.Store(true)
	}
	defer w.busy.Store(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	heard, acknowledged := len(messages), len(messages)
	if w.hears != nil {
		heard, acknowledged = w.hears(messages)
	}
	w.heard = append(w.heard, messages[:heard]...)
	if acknowledged < len(messages) {
		return acknowledged, fmt.Errorf("hard of hearing: %w", ports.ErrUnavailable)
	}
	return acknowledged, nil
}

// requireAll requires that every course's journal was heard whole and, repetitions apart, in order.
func (w *world) requireAll(t *testing.T, store ports.Store, courses int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	last := make(map[domain.CourseID]int64)
	for _, m := range w.heard {
		if m.Sequence > last[m.Course]+1 {
			t.Fatalf("%s: event %d was heard after %d", m.Course, m.Sequence, last[m.Course])
		}
		last[m.Course] = max(last[m.Course], m.Sequence)
	}
	for i := range courses {
		id := courseID(i)
		c, err := store.Course(context.Background(), staff.Tenant, id)
		if err != nil || last[id] != c.Sequence {
			t.Errorf("%s: heard of %d events, there are %d (%v)", id, last[id], c.Sequence, err)
		}
	}
}

func courseID(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("c-%03d", i)) }

// relaying runs relays until the end of the function that it returns.
func relaying(t *testing.T, n int, outbox ports.Outbox, turns ports.Locker, p ports.Publisher) (stop func(), failures *atomic.Int64) {
	ctx, cancel := context.WithCancel(t.Context())
	failures = new(atomic.Int64)
	var running sync.WaitGroup
	for range n {
		relay := &application.Relay{Outbox: outbox, Locker: turns, Publisher: p, OnError: func(error) { failures.Add(1) }}
		running.Go(func() { relay.Run(ctx) })
	}
	return func() { cancel(); running.Wait() }, failures
}

// drained waits until nothing is left to publish.
func drained(t *testing.T, outbox ports.Outbox) {
	t.Helper()
	for range 100_000 {
		if b, err := outbox.Backlog(t.Context()); err != nil || b.Messages == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the backlog does not drain")
}

func putCourses(t *testing.T, s *application.Service, n int) {
	t.Helper()
	for i := range n {
		if _, err := s.PutCourse(t.Context(), staff, courseID(i), domain.Settings{Title: new("T"), Capacity: new(3)}); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever the world fails to hear or to acknowledge, and though three relays run, all is heard in order.
func TestRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const courses, learners = 20, 150
		store := memstore.New()
		service := application.New(store)
		putCourses(t, service, courses)
		batches := 0
		w := &world{hears: func(m []ports.Message) (int, int) {
			switch batches++; batches % 4 {
			case 1:
				return 0, 0 // away
			case 2:
				heard := 1 + rand.N(len(m))
				return heard, rand.N(heard) // acknowledgements are lost
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
		if failures.Load() == 0 || len(w.heard) <= courses*(learners+1) {
			t.Errorf("%d failures, %d heard: nothing went wrong, so nothing was tried", failures.Load(), len(w.heard))
		}
	})
}

// A course that always has news holds up no other.
func TestRelayIsFair(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	service := application.New(store)
	putCourses(t, service, 2)
	var heardOfTheOther atomic.Bool
	n := 0
	w := &world{hears: func(m []ports.Message) (int, int) {
		for _, message := range m {
			heardOfTheOther.Store(heardOfTheOther.Load() || message.Course == courseID(1))
		}
		for range 5500 { // more than a round takes
			n++
			if _, err := service.Enroll(context.Background(), staff, courseID(0), domain.LearnerID(fmt.Sprint("l-", n))); err != nil {
				t.Error(err)
			}
		}
		return len(m), len(m)
	}}
	for range 5500 {
		n++
		if _, err := service.Enroll(t.Context(), staff, courseID(0), domain.LearnerID(fmt.Sprint("l-", n))); err != nil {
			t.Fatal(err)
		}
	}
	stop, _ := relaying(t, 1, store, store, w)
	defer stop()
	for begun := time.Now(); !heardOfTheOther.Load(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the other course was not heard of")
		}
	}
}

// An outbox that counts how often it is asked, and fails for a while.
type outbox struct {
	*memstore.Store
	asked atomic.Int64
	fails atomic.Bool
}

func (o *outbox) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	o.asked.Add(1)
	if o.fails.Load() {
		return nil, errors.New("the store is away")
	}
	return o.Store.Unpublished(ctx, after, limit)
}

// With nothing to do the relay asks once a second, and with nothing that works less and less often; then it goes on at once.
func TestRelayWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{Store: memstore.New()}
		service := application.New(o.Store)
		putCourses(t, service, 1)
		w := &world{}
		stop, failures := relaying(t, 1, o, o, w)
		defer stop()
		time.Sleep(time.Minute)
		if n := o.asked.Load(); n < 30 || n > 65 {
			t.Errorf("asked %d times in an idle minute", n)
		}
		o.fails.Store(true)
		o.asked.Store(0)
		time.Sleep(time.Minute)
		if n := o.asked.Load(); n < 5 || n > 12 || failures.Load() != n {
			t.Errorf("asked %d times in a minute of failures, told of %d", n, failures.Load())
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

// A talkative outbox tells on which course there was a commit, and may miss some.
type talkative struct {
	outbox
	mu     sync.Mutex
	places []ports.CourseRef
	misses domain.CourseID
	of     atomic.Int64 // how often it was asked of some courses
}

func (o *talkative) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	err := o.Store.Update(ctx, need, decide)
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range need.Courses {
		if c.ID != o.misses {
			o.places = append(o.places, ports.CourseRef{Tenant: need.Tenant, Course: c.ID})
		}
	}
	return err
}

func (o *talkative) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	o.Store.Await(ctx, atMost)
	o.mu.Lock()
	defer o.mu.Unlock()
	heard := o.places
	o.places = nil
	return heard
}

func (o *talkative) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) ([]ports.Message, error) {
	o.of.Add(1)
	return o.Store.UnpublishedOf(ctx, courses, limit)
}

// A relay that hears where there was a commit looks there, and at everything only now and then: so it also finds what it did
// not hear of, while others go on all the time.
func TestRelayLooksWhereSomethingHappened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const courses = 5
		o := &talkative{misses: courseID(courses - 1)}
		o.Store = memstore.New()
		service := application.New(o)
		putCourses(t, service, courses)
		w := &world{}
		stop, _ := relaying(t, 1, o, o, w)
		defer stop()
		synctest.Wait()
		for i := range 1000 {
			if _, err := service.Enroll(t.Context(), staff, courseID(i%courses), domain.LearnerID(fmt.Sprint("l", i))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		w.requireAll(t, o, courses)
		if all, some := o.asked.Load(), o.of.Load(); all > 60 || some < 100 {
			t.Errorf("it looked at all courses %d times, and %d times at some", all, some)
		}
	})
}
