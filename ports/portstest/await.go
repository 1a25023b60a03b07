package portstest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var commitCases = []Case[OpenOutbox]{
	{"uncommitted", "Unpublished returns the first records that are committed and unpublished", uncommitted},
	{"committed late", "A record that commits late is never skipped.", committedLate},
	{"overtaken", "A record that commits late is never skipped.", overtaken},
	{"updates while publishing", "A record that commits late is never skipped.", updatesWhilePublishing},
	{"await a commit", "Await returns when something may have been committed since the last Await returned", awaitACommit},
	{"await at most", "at the latest after atMost, or when ctx ends", awaitAtMost},
	{"await ends with ctx", "at the latest after atMost, or when ctx ends", awaitEndsWithCtx},
}

func uncommitted(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.put("c", 1)
	o.enroll("c", "ada")
	o.publish(10)
	nothing := func() {
		o.messagesAre(o.unpublished(10))
		o.backlogIs(0, time.Time{})
	}
	o.requireRefused(func(c ports.Changes) (ports.Changes, error) {
		nothing()
		return c, errors.New("on purpose")
	}, func(error) {})
	nothing()
	ctx, cancel := context.WithCancel(o.ctx())
	o.requireRefusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { cancel(); return c, nil }, o.requireUnavailable)
	nothing()
}

// committedLate commits last an event that was decided first and has the smaller ID and the earlier time.
func committedLate(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	commit := func(owner domain.TenantID, course domain.CourseID, id string, at time.Time) {
		need := o.needs(course, 0)
		need.Tenant = owner
		o.must(o.store.Update(o.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			o.at = at
			o.retitle(loaded.Rosters[0], 1)
			changes := changesOf(loaded.Rosters...)
			changes.Journal[0].ID = id
			return changes, nil
		}))
	}
	noon := o.at
	commit("u", "z", "00000002-0000-7000-8000-000000000000", noon.Add(time.Second))
	o.messagesAre(o.publish(10), "u/z/1")
	commit(tenant, "a", "00000001-0000-7000-8000-000000000000", noon)
	o.messagesAre(o.publish(10), "t/a/1")
}

// overtaken keeps one update in decide while another one commits and is published, if the store has more than one writer.
func overtaken(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "a", 1)
	o.appendEvents(tenant, "b", 1)
	found := o.publish(10)
	inside, leave, left, second := make(chan bool), make(chan bool), make(chan error, 1), make(chan error, 1)
	go func() {
		left <- o.change(o.needs("a", 0), func(r *domain.Roster) {
			o.retitle(r, 1)
			close(inside)
			<-leave
		})
	}()
	release := sync.OnceFunc(func() { close(leave) })
	defer release() // also if the case fails
	o.waitForDecide(inside, left)
	go func() { second <- o.change(o.needs("b", 0), func(r *domain.Roster) { o.retitle(r, 1) }) }()
	select {
	case err := <-second:
		second <- err
		found = append(found, o.publish(10)...)
	case <-time.After(50 * time.Millisecond): // steady: a store with one writer lets the second update wait; on a slow one of many, less is tested
	}
	release()
	o.must(<-left)
	o.must(<-second)
	found = append(found, o.publish(10)...)
	o.inOrder(found)
	if len(found) != 4 {
		t.Errorf("published %v, want 4", names(found))
	}
}

func updatesWhilePublishing(t testing.TB, open OpenOutbox) {
	const writers, each, courses = 4, 25, 5
	o := newOutbox(t, open)
	var found []ports.Message
	done := make(chan bool)
	go func() {
		defer close(done)
		together(writers, func(writer int) {
			for i := range each {
				need := o.needs(courseN((writer+i)%courses), 0)
				need.Tenant = domain.TenantID(fmt.Sprint("tenant-", i%2))
				if err := o.change(need, func(r *domain.Roster) { o.retitle(r, 1+i%3) }); err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
	}()
	defer func() { <-done }() // also if the case fails
	for writing := true; writing; {
		select {
		case <-done:
			writing = false
		default:
			runtime.Gosched() // in WebAssembly no loop is interrupted
		}
		found = append(found, o.publish(7)...)
	}
	o.inOrder(found)
	happened := 0
	for i := range each {
		happened += writers * (1 + i%3)
	}
	if len(found) != happened {
		t.Errorf("%d of %d messages were published", len(found), happened)
	}
}

// startAwait starts an Await, and returns a channel that is closed when it returns.
func (o *outbox) startAwait(ctx context.Context, atMost time.Duration) <-chan bool {
	returned := make(chan bool)
	go func() {
		defer close(returned)
		o.Await(ctx, atMost)
	}()
	return returned
}

// requireReturn requires that Await returns well before its longest time.
func (o *outbox) requireReturn(returned <-chan bool) {
	o.Helper()
	Receive(o.TB, "Await returns", returned)
}

func awaitACommit(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	ctx, cancel := context.WithCancel(o.ctx())
	defer cancel()
	for i := range 20 {
		if i%2 > 0 { // the commit is first
			o.appendEvents(tenant, "c", 1)
			o.requireReturn(o.startAwait(ctx, 2*timeout))
			continue
		}
		returned := o.startAwait(ctx, 2*timeout)
		time.Sleep(time.Duration(i%3) * time.Millisecond) // steady: Await waits already, or not yet; both must do
		o.appendEvents(tenant, "c", 1)
		o.requireReturn(returned)
	}
}

func awaitAtMost(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "c", 1)
	const atMost, attempts = 50 * time.Millisecond, 5
	for range attempts { // an earlier commit, or a notification that may have been missed, may end some of them
		started := time.Now()
		o.requireReturn(o.startAwait(o.ctx(), atMost))
		if time.Since(started) >= atMost { // steady: a slow machine waits long enough, too
			return
		}
	}
	t.Errorf("%d times Await returned at once, though nothing was committed", attempts)
}

func awaitEndsWithCtx(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	ctx, cancel := context.WithCancel(o.ctx())
	returned := o.startAwait(ctx, 2*timeout)
	cancel()
	o.requireReturn(returned)
	o.requireReturn(o.startAwait(ctx, 2*timeout))
}
