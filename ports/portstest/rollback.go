package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var rollbackCases = []Case[Open]{
	{"rollback", "If decide returns an error, Update must return it as it is, and save nothing.", rollback},
	{"panic in decide", "If decide panics, Update must save nothing, and the store must go on working.", panicInDecide},
	{"cancelled before", "If ctx ends before the save begins, Update must save nothing, and its error must wrap ErrUnavailable.", cancelledBefore},
	{"cancelled in decide", "If ctx ends before the save begins, Update must save nothing, and its error must wrap ErrUnavailable.", cancelledInDecide},
	{"cancelled while waiting", "If ctx ends before the save begins, Update must save nothing, and its error must wrap ErrUnavailable.", cancelledWhileWaiting},
}

func rollback(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	sentinel := errors.New("on purpose")
	f.requireRefused(func(decided ports.Changes) (ports.Changes, error) { return decided, sentinel }, func(err error) {
		if err != sentinel {
			t.Errorf("Update returned %v, want decide's own error", err)
		}
	})
}

// requireRefused runs an Update that changes a course, creates another and saves a reply, with an end that fails. It requires
// that nothing has changed.
func (f *fixture) requireRefused(end func(ports.Changes) (ports.Changes, error), look func(error)) {
	f.Helper()
	f.requireRefusedIn(f.ctx(), end, look)
}

func (f *fixture) requireRefusedIn(ctx context.Context, end func(ports.Changes) (ports.Changes, error), look func(error)) {
	f.Helper()
	before := f.course("c")
	need := f.needs("c", 10, "ada", "bob")
	need.Courses = append(need.Courses, ports.NeedCourse{ID: "new"})
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	look(f.store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		title, capacity := "New", 1
		_, err := loaded.Rosters[0].Enroll("bob", newEnrollment(), false, f.at)
		f.must(err)
		_, err = loaded.Rosters[0].Withdraw("ada", "", f.at)
		f.must(err)
		_, err = loaded.Rosters[1].Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
		f.must(err)
		changes := changesOf(loaded.Rosters...)
		changes.Replies = []ports.IdempotencyRecord{f.record("k", "f")}
		return end(changes)
	}))
	f.requireUnchanged(before)
}

func (f *fixture) requireUnchanged(before domain.Course) {
	f.Helper()
	if c := f.course("c"); c != before {
		f.Fatalf("course is %+v, was %+v", c, before)
	}
	f.audit("c")
	if _, err := f.store.Course(f.ctx(), tenant, "new"); !errors.Is(err, domain.ErrCourseNotFound) {
		f.Fatalf("the new course: %v, want %v", err, domain.ErrCourseNotFound)
	}
	need := f.needs("c", 10, "ada", "bob")
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	f.must(f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		if loaded.Replies[0].Fingerprint != "" {
			f.Errorf("the reply was saved: %+v", loaded.Replies[0])
		}
		if r := loaded.Rosters[0]; r.Course != before || r.Standing("bob").Status != domain.None {
			f.Errorf("loaded %+v with bob %+v, want the state before", r.Course, r.Standing("bob"))
		}
		return ports.Changes{}, nil
	}))
}

func panicInDecide(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	before := f.course("c")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("decide's panic was swallowed")
			}
		}()
		f.requireRefused(func(ports.Changes) (ports.Changes, error) { panic("on purpose") }, func(error) {})
	}()
	f.requireUnchanged(before)
	f.enroll("c", "bob")
	f.audit("c")
}

func cancelledBefore(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	ctx, cancel := context.WithCancel(f.ctx())
	cancel()
	f.requireRefusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { return c, nil }, f.requireUnavailable)
}

func cancelledInDecide(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	ctx, cancel := context.WithCancel(f.ctx())
	f.requireRefusedIn(ctx, func(c ports.Changes) (ports.Changes, error) { cancel(); return c, nil }, f.requireUnavailable)
}

func cancelledWhileWaiting(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	before := f.course("c")
	inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		left <- f.store.Update(f.ctx(), f.needs("c", 0), func(ports.Loaded) (ports.Changes, error) {
			close(inside)
			<-leave
			return ports.Changes{}, nil
		})
	}()
	f.waitForDecide(inside, left)
	ctx, cancel := context.WithTimeout(f.ctx(), 50*time.Millisecond) // steady: the deadline that must end the wait
	defer cancel()
	started := time.Now()
	err := f.store.Update(ctx, f.needs("c", 0, "bob"), func(loaded ports.Loaded) (ports.Changes, error) {
		_, err := loaded.Rosters[0].Enroll("bob", newEnrollment(), false, f.at)
		return changesOf(loaded.Rosters...), err
	})
	f.requireUnavailable(err)
	if waited := time.Since(started); waited > timeout {
		t.Errorf("waited %v for a course past its deadline", waited)
	}
	close(leave)
	f.must(<-left)
	f.requireUnchanged(before)
}

func (f *fixture) requireUnavailable(err error) {
	f.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		f.Fatalf("Update returned %v, want %v", err, ports.ErrUnavailable)
	}
}
