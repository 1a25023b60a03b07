package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var commitCases = []Case[OpenOutbox]{
	{"uncommitted", "Unpublished returns messages that are committed", uncommitted},
	{"committed late", "nothing that commits late is passed over", committedLate},
	{"overtaken", "nothing that commits late is passed over, whatever was published meanwhile", overtaken},
	{"updates while publishing", "each message once and in order, whatever is updated meanwhile", updatesWhilePublishing},
	{"await a commit", "Await returns when something may have been committed since the last Await returned", awaitACommit},
	{"await tells where", "it returns the courses on which that may have been, or none where it may have been on any", awaitTellsWhere},
	{"await at most", "Await returns at the latest after atMost", awaitAtMost},
	{"await no more", "Await returns when ctx ends", awaitNoMore},
}

func uncommitted(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.put("c", 1)
	o.enroll("c", "ada")
	o.publish(10)
	nothing := func() {
		o.are(o.unpublished(ports.CourseRef{}, 10))
		o.backlogIs(0, time.Time{})
	}
	o.refused(func(c ports.Changes) (ports.Changes, error) {
		nothing()
		return c, errors.New("decided against it")
	}, func(error) {})
	nothing()
	ctx, cancel := context.WithCancel(o.ctx())
	o.refusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { cancel(); return c, nil }, o.unavailable)
	nothing()
}

// committedLate has an event that was decided on first, and has the smaller ID and the earlier time, commit last.
func committedLate(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	commit := func(whose domain.TenantID, course domain.CourseID, id string, at time.Time) {
		need := o.needs(course, 0)
		need.Tenant = whose
		o.must(o.store.Update(o.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			o.at = at
			o.rename(loaded.Rosters[0], 1)
			changes := changesOf(loaded.Rosters...)
			changes.Journal[0].ID = id
			return changes, nil
		}))
	}
	noon := o.at
	commit("u", "z", "00000002-0000-7000-8000-000000000000", noon.Add(time.Second))
	o.are(o.publish(10), "u/z/1")
	commit(tenant, "a", "00000001-0000-7000-8000-000000000000", noon)
	o.are(o.publish(10), "t/a/1")
}

// overtaken holds one update at its decision while another commits and is published, where the store has more than one writer.
func overtaken(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.happen(tenant, "a", 1)
	o.happen(tenant, "b", 1)
	found := o.publish(10)
	inside, leave, left, overtook := make(chan bool), make(chan bool), make(chan error, 1), make(chan error, 1)
	go func() {
		left <- o.change(o.needs("a", 0), func(r *domain.Roster) {
			o.rename(r, 1)
			close(inside)
			<-leave
		})
	}()
	release := sync.OnceFunc(func() { close(leave) })
	defer release() // also when the case gives up
	o.inside(inside, left)
	go func() { overtook <- o.change(o.needs("b", 0), func(r *domain.Roster) { o.rename(r, 1) }) }()
	select {
	case err := <-overtook:
		overtook <- err
		found = append(found, o.publish(10)...)
	case <-time.After(50 * time.Millisecond):
	}
	release()
	o.must(<-left)
	o.must(<-overtook)
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
				if err := o.change(need, func(r *domain.Roster) { o.rename(r, 1+i%3) }); err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
	}()
	defer func() { <-done }() // also when the case gives up
	for writing := true; writing; {
		select {
		case <-done:
			writing = false
		default:
		}
		found = append(found, o.publish(7)...)
	}
	o.inOrder(found)
	happened := 0
	for i := range each {
		happened += writers * (1 + i%3)
	}
	if len(found) != happened {
		t.Errorf("%d messages were published of %d that there are", len(found), happened)
	}
}

// awaits begins an Await, and returns what is closed when it returns.
func (o *outbox) awaits(ctx context.Context, atMost time.Duration) <-chan bool {
	returned := make(chan bool)
	go func() {
		defer close(returned)
		o.Await(ctx, atMost)
	}()
	return returned
}

// soon is well before anybody would look again by himself.
func (o *outbox) soon(returned <-chan bool) {
	o.Helper()
	select {
	case <-returned:
	case <-time.After(patienceOf(o.TB) / 2):
		o.Fatalf("Await does not return")
	}
}

func awaitACommit(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	ctx, cancel := context.WithCancel(o.ctx())
	defer cancel()
	for i := range 20 {
		if i%2 > 0 { // the commit comes first
			o.happen(tenant, "c", 1)
			o.soon(o.awaits(ctx, 2*patience))
			continue
		}
		returned := o.awaits(ctx, 2*patience)
		time.Sleep(time.Duration(i%3) * time.Millisecond) // it waits already, or not yet
		o.happen(tenant, "c", 1)
		o.soon(returned)
	}
}

func awaitTellsWhere(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	for i := range 20 {
		want := []ports.CourseRef{{Tenant: tenant, Course: courseN(i)}, {Tenant: "u", Course: courseN(i % 3)}}
		missing := make(map[ports.CourseRef]bool)
		for _, at := range want {
			o.happen(at.Tenant, at.Course, 1)
			missing[at] = true
		}
		for range want { // it may have returned at the first of them
			where := o.Await(o.ctx(), patience)
			if len(where) == 0 {
				clear(missing)
			}
			for _, at := range where {
				delete(missing, at)
			}
			if len(missing) == 0 {
				break
			}
		}
		if len(missing) > 0 {
			t.Fatalf("nothing is told of %v", missing)
		}
	}
}

func awaitAtMost(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.happen(tenant, "c", 1)
	const atMost, tries = 50 * time.Millisecond, 5
	for range tries { // what was committed before, and what a store thinks it may have missed, may end some of them
		begun := time.Now()
		o.soon(o.awaits(o.ctx(), atMost))
		if time.Since(begun) >= atMost {
			return
		}
	}
	t.Errorf("%d times Await returned at once, though nothing was committed", tries)
}

func awaitNoMore(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	ctx, cancel := context.WithCancel(o.ctx())
	returned := o.awaits(ctx, 2*patience)
	cancel()
	o.soon(returned)
	o.soon(o.awaits(ctx, 2*patience))
}
