package portstest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An OutboxStore is a store and its outbox.
type OutboxStore interface {
	ports.Store
	ports.Outbox
}

// An OpenOutbox returns a new, empty store, and closes it with t.
type OpenOutbox func(t testing.TB) OutboxStore

// TestOutbox tests the stores that open returns against the contract of [ports.Outbox].
func TestOutbox(t *testing.T, open OpenOutbox) { test(t, OutboxCases(), open) }

// OutboxCases returns the cases of [TestOutbox].
func OutboxCases() []Case[OpenOutbox] {
	return slices.Concat(unpublishedCases, markCases, commitCases)
}

var unpublishedCases = []Case[OpenOutbox]{
	{"unpublished", "Unpublished returns messages that are committed and unpublished … of each course the first ones in order of sequence", unpublished},
	{"limit", "at most limit … If it returns fewer than limit, there are no more.", limit},
	{"order of courses", "The order of references is by tenant, then by course, both by bytes.", orderOfCourses},
	{"after a course", "of the courses after a reference, in their order", afterACourse},
	{"of some courses", "UnpublishedOf returns what Outbox.Unpublished would return of these courses alone, at most limit.", ofSomeCourses},
	{"sweep", "An Outbox is the journals of all tenants as the relay sees them", sweep},
}

type outbox struct {
	*fixture
	OutboxStore
}

func newOutbox(t testing.TB, open OpenOutbox) *outbox {
	s := open(t)
	return &outbox{newFixture(t, func(testing.TB) ports.Store { return s }), s}
}

// appendEvents changes the course n times.
func (o *outbox) appendEvents(owner domain.TenantID, id domain.CourseID, n int) {
	o.Helper()
	need := o.needs(id, 0)
	need.Tenant = owner
	o.must(o.change(need, func(r *domain.Roster) { o.retitle(r, n) }))
}

// retitle gives the course n new titles, which makes n events.
func (o *outbox) retitle(r *domain.Roster, n int) {
	for range n {
		title, capacity := fmt.Sprint("Title ", r.Course.Sequence), 1
		if _, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, o.at); err != nil {
			o.Errorf("put: %v", err)
		}
	}
}

func (o *outbox) unpublished(after ports.CourseRef, limit int) []ports.Message {
	o.Helper()
	messages, err := o.Unpublished(o.ctx(), after, limit)
	o.must(err)
	if len(messages) > limit {
		o.Fatalf("%d messages, want %d at most", len(messages), limit)
	}
	return messages
}

func (o *outbox) mark(messages ...ports.Message) {
	o.Helper()
	o.must(o.MarkPublished(o.ctx(), messages))
}

// sweep reads all courses once, as a relay does, and marks what it finds.
func (o *outbox) sweep(limit int) (found []ports.Message) {
	o.Helper()
	after := ports.CourseRef{}
	for {
		messages := o.unpublished(after, limit)
		found = append(found, messages...)
		o.mark(messages...)
		if len(messages) < limit {
			return found
		}
		next := refOf(messages[limit-1])
		if next == after {
			o.Fatalf("after %+v come messages of the same course", after)
		}
		after = next
	}
}

// publish sweeps until a sweep finds nothing, and returns what it found.
func (o *outbox) publish(limit int) (found []ports.Message) {
	o.Helper()
	known := make(map[string]bool)
	for {
		some := o.sweep(limit)
		if len(some) == 0 {
			return found
		}
		for _, m := range some {
			if known[m.ID] {
				o.Fatalf("%s was published twice", name(m))
			}
			known[m.ID] = true
		}
		found = append(found, some...)
	}
}

func refOf(m ports.Message) ports.CourseRef {
	return ports.CourseRef{Tenant: m.Tenant, Course: m.Course}
}

func name(m ports.Message) string { return fmt.Sprintf("%s/%s/%d", m.Tenant, m.Course, m.Sequence) }

// names returns messages as tenant/course/sequence.
func names(messages []ports.Message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = name(m)
	}
	return all
}

// messagesAre requires exactly these messages, in this order.
func (o *outbox) messagesAre(messages []ports.Message, want ...string) {
	o.Helper()
	if got := names(messages); !slices.Equal(got, want) {
		o.Fatalf("messages are %v, want %v", got, want)
	}
}

func unpublished(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 10))
	o.put("c", 1)
	o.enroll("c", "ada", `bob "é" 😀`)
	o.withdraw("c", "ada") // bob is promoted
	messages := o.unpublished(ports.CourseRef{}, 10)
	o.messagesAre(messages, "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
	for i, e := range o.journal("c", 0) {
		got := messages[i].Entry
		got.At, e.At = got.At.UTC(), e.At.UTC()
		if got != e {
			t.Errorf("message %d is\n%+v, the journal has\n%+v", i, got, e)
		}
	}
}

func limit(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "a", 3)
	o.appendEvents(tenant, "b", 2)
	all := []string{"t/a/1", "t/a/2", "t/a/3", "t/b/1", "t/b/2"}
	for n := 1; n <= 7; n++ {
		o.messagesAre(o.unpublished(ports.CourseRef{}, n), all[:min(n, len(all))]...)
	}
}

func orderOfCourses(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	var want []string
	tenants := []domain.TenantID{"-", "T", "_", "a-b", "aa", "t", "t2"}
	ids := []domain.CourseID{"-", "0", "10", "9", "A", "Z", "_", "a", "aa"}
	for i, owner := range tenants {
		for j, id := range ids {
			o.appendEvents(tenants[(i*3)%len(tenants)], ids[(j*4)%len(ids)], 1)
			want = append(want, fmt.Sprintf("%s/%s/1", owner, id))
		}
	}
	o.messagesAre(o.unpublished(ports.CourseRef{}, 1000), want...)
	o.messagesAre(o.publish(4), want...)
}

func afterACourse(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents("s", "z", 1)
	o.appendEvents(tenant, "busy", 500)
	o.appendEvents(tenant, "calm", 1)
	o.appendEvents("u", "a", 1)
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: tenant, Course: "busy"}, 10), "t/calm/1", "u/a/1") // a busy course does not delay others
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: tenant, Course: "bus"}, 1), "t/busy/1")
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: tenant}, 1), "t/busy/1")
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: "u"}, 10), "u/a/1")
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: "u", Course: "a"}, 10))
}

func ofSomeCourses(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	of := func(limit int, courses ...ports.CourseRef) []ports.Message {
		messages, err := o.UnpublishedOf(o.ctx(), courses, limit)
		o.must(err)
		return messages
	}
	o.appendEvents(tenant, "a", 2)
	o.appendEvents(tenant, "b", 1)
	o.appendEvents("u", "a", 1)
	o.appendEvents("u", "c", 1)
	a, b, other, none := ports.CourseRef{Tenant: tenant, Course: "a"}, ports.CourseRef{Tenant: tenant, Course: "b"},
		ports.CourseRef{Tenant: "u", Course: "a"}, ports.CourseRef{Tenant: "u", Course: "none"}
	o.messagesAre(of(10, other, a, none), "t/a/1", "t/a/2", "u/a/1")
	o.messagesAre(of(2, other, a, b), "t/a/1", "t/a/2")
	o.messagesAre(of(10))
	o.messagesAre(of(10, none))
	o.mark(of(1, a)...)
	o.messagesAre(of(10, b, a), "t/a/2", "t/b/1")
	o.mark(of(10, a)...)
	o.messagesAre(of(10, a))

	var refs []ports.CourseRef
	var want []string
	for _, id := range courseIDs() {
		o.appendEvents("v", id, 1)
		refs = append(refs, ports.CourseRef{Tenant: "v", Course: id})
		want = append(want, fmt.Sprintf("v/%s/1", id))
	}
	o.messagesAre(of(1000, refs...), want...)
	o.messagesAre(o.unpublished(ports.CourseRef{Tenant: "v"}, 1000), want...)
	o.mark(of(1000, refs...)...)
	o.messagesAre(of(1000, refs...))
}

func sweep(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	total := 0
	for i := range 12 {
		owner := domain.TenantID(fmt.Sprint("tenant-", i%3))
		o.appendEvents(owner, courseN(i), 1+i*i)
		total += 1 + i*i
	}
	found := o.publish(50)
	if len(found) != total {
		t.Errorf("%d of %d messages were published", len(found), total)
	}
	o.inOrder(found)
	o.at = o.at.Add(time.Hour)
	o.appendEvents("tenant-1", courseN(1), 1)
	o.messagesAre(o.publish(50), "tenant-1/c001/3")
}

// inOrder requires that the messages of each course are 1, 2, 3 …
func (o *outbox) inOrder(messages []ports.Message) {
	o.Helper()
	last := make(map[ports.CourseRef]int64)
	for _, m := range messages {
		at := refOf(m)
		if m.Sequence != last[at]+1 {
			o.Fatalf("%s comes after %d", name(m), last[at])
		}
		last[at] = m.Sequence
	}
}
