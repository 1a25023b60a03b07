package application_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// A comparing publisher is a broker that may have another history than the store.
type comparing struct {
	recorder
	latest atomic.Pointer[ports.EventRef]
	lacks  atomic.Bool
	fails  error // of Latest
}

func (c *comparing) Latest(context.Context) (ports.EventRef, error) {
	if latest := c.latest.Load(); latest != nil {
		return *latest, c.fails
	}
	return ports.EventRef{}, c.fails
}

func (c *comparing) Holds(context.Context, ports.EventRef) (bool, error) { return !c.lacks.Load(), nil }

func (c *comparing) refuseNext() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accept = func([]ports.Message) (int, int) {
		c.accept = nil
		return 0, 0
	}
}

func (c *comparing) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.published)
}

// A relay publishes nothing beside events that the store does not have, and says what to do. When they are removed, it publishes all.
func TestRelayBesideANewerBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		serviceWith(t, store, 2)
		w := &comparing{}
		w.latest.Store(&ports.EventRef{CourseRef: ports.CourseRef{Tenant: staff.Tenant, Course: courseID(0)}, Sequence: 2, ID: "lost"})
		said := startComparing(t, store, w)
		time.Sleep(time.Minute)
		if text := said(); w.count() > 0 || !strings.Contains(text, "sequence 2 of course c-000") || !strings.Contains(text, "repair --purge-stream --republish") {
			t.Errorf("published %d, said %q", w.count(), text)
		}
		w.latest.Store(nil)
		time.Sleep(time.Minute)
		w.requireAll(t, store, 2)
	})
}

// A relay that finds the broker without the event that was published last reports it once, and goes on.
func TestRelayBesideAnOlderBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		service := serviceWith(t, store, 1)
		w := &comparing{}
		said := startComparing(t, store, w)
		time.Sleep(time.Minute)
		if text := said(); text != "" {
			t.Errorf("said %q", text)
		}
		w.lacks.Store(true)
		w.refuseNext() // as a broker that was restored does once
		if _, err := service.Enroll(t.Context(), staff, courseID(0), "ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if text := said(); strings.Count(text, "has lost events") != 1 || !strings.Contains(text, "repair --republish") {
			t.Errorf("said %q", text)
		}
		w.requireAll(t, store, 1)
	})
}

// A relay that may not read the broker's messages says so, and publishes.
func TestRelayThatMayNotLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		serviceWith(t, store, 1)
		w := &comparing{fails: ports.ErrForbidden}
		said := startComparing(t, store, w)
		time.Sleep(time.Minute)
		w.requireAll(t, store, 1)
		if text := said(); text != "forbidden\n" {
			t.Errorf("said %q", text)
		}
	})
}

// startComparing runs a relay until the end of the test, and returns a function that returns its errors.
func startComparing(t *testing.T, store *memstore.Store, p ports.Publisher) (said func() string) {
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var text strings.Builder
	relay := &application.Relay{Outbox: store, Locker: store, Publisher: p, OnError: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(&text, err)
	}}
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}
