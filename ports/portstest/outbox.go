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
	{"unpublished", "Unpublished returns the first records that are committed and unpublished", unpublished},
	{"limit", "as few as have limit messages together, or all", limit},
	{"order of commits", "Records of one course are in order of commit.", orderOfCommits},
	{"unusual courses are published", "An Outbox is the journals of all tenants as the relay sees them.", unusualCoursesArePublished},
	{"publish all", "An Outbox is the journals of all tenants as the relay sees them.", publishAll},
	{"one event of a million", "Finding what is unpublished takes time in proportion to that alone, however much is published.", oneEventOfMany},
	{"has an event", "HasEvent reports whether the event is part of its course's journal", hasEvent},
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

// records returns the first unpublished records, and requires that none is there in vain.
func (o *outbox) records(limit int) []ports.OutboxRecord {
	o.Helper()
	records, err := o.Unpublished(o.ctx(), limit)
	o.must(err)
	if n := len(records); n > 1 && len(messagesOf(records[:n-1])) >= limit {
		o.Fatalf("%d records, though fewer have %d messages", n, limit)
	}
	return records
}

// unpublished returns the messages of the first unpublished records.
func (o *outbox) unpublished(limit int) []ports.Message {
	o.Helper()
	return messagesOf(o.records(limit))
}

func messagesOf(records []ports.OutboxRecord) (messages []ports.Message) {
	for _, r := range records {
		messages = append(messages, r.Messages...)
	}
	return messages
}

func (o *outbox) mark(records ...ports.OutboxRecord) {
	o.Helper()
	o.must(o.MarkPublished(o.ctx(), records))
}

// publish marks what is unpublished, limit messages or a few more at a time, until there is nothing. It returns the messages.
func (o *outbox) publish(limit int) (found []ports.Message) {
	o.Helper()
	known := make(map[int64]bool)
	for {
		records := o.records(limit)
		if len(records) == 0 {
			return found
		}
		for _, r := range records {
			if known[r.ID] {
				o.Fatalf("%v were published twice", names(r.Messages))
			}
			known[r.ID] = true
		}
		o.mark(records...)
		found = append(found, messagesOf(records)...)
	}
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
	o.messagesAre(o.unpublished(10))
	o.put("c", 1)
	o.enroll("c", "ada", `bob "é" 😀`)
	o.withdraw("c", "ada") // bob is promoted
	messages := o.unpublished(10)
	o.messagesAre(messages, "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
	for i, e := range o.journal("c", 0) {
		got := messages[i].Entry
		got.At, e.At = got.At.UTC(), e.At.UTC()
		if got != e || messages[i].Republication != 0 {
			t.Errorf("message %d is\n%+v, the journal has\n%+v", i, messages[i], e)
		}
	}
}

func limit(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "a", 3)
	o.appendEvents("s", "b", 2)
	o.appendEvents(tenant, "a", 1)
	all := []string{"t/a/1", "t/a/2", "t/a/3", "s/b/1", "s/b/2", "t/a/4"}
	for n, want := range []int{0, 3, 3, 3, 5, 5, 6, 6} {
		if n > 0 {
			o.messagesAre(o.unpublished(n), all[:want]...)
		}
	}
}

// orderOfCommits has updates of several courses.
func orderOfCommits(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	for range 3 {
		o.must(o.store.Update(o.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			for i, r := range loaded.Rosters {
				o.retitle(r, 1+i)
			}
			return changesOf(loaded.Rosters...), nil
		}))
		o.appendEvents(tenant, "b", 1)
	}
	found := o.publish(1)
	o.inOrder(found)
	if len(found) != 3*(1+2+3+1) {
		t.Errorf("%d messages were published: %v", len(found), names(found))
	}
}

func unusualCoursesArePublished(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	var want []string
	for _, owner := range []domain.TenantID{"-", "T", "_", "a-b", "t"} {
		for _, id := range courseIDs() {
			o.appendEvents(owner, id, 1)
			want = append(want, fmt.Sprintf("%s/%s/1", owner, id))
		}
	}
	o.messagesAre(o.publish(7), want...)
}

func publishAll(t testing.TB, open OpenOutbox) {
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

// oneEventOfMany finds one event after others were published; how fast is for a benchmark.
func oneEventOfMany(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	for i := range 200 {
		o.appendEvents(tenant, courseN(i), 2)
	}
	o.publish(1000)
	o.appendEvents(tenant, courseN(100), 1)
	o.messagesAre(o.unpublished(1000), "t/c100/3")
}

func hasEvent(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "c", 2)
	second := o.unpublished(10)[1].Ref()
	for _, c := range []struct {
		change func(*ports.EventRef)
		want   bool
	}{
		{func(*ports.EventRef) {}, true},
		{func(e *ports.EventRef) { e.ID = "another" }, false},
		{func(e *ports.EventRef) { e.Sequence = 1 }, false},
		{func(e *ports.EventRef) { e.Sequence = 3 }, false},
		{func(e *ports.EventRef) { e.Course = "d" }, false},
		{func(e *ports.EventRef) { e.Tenant = "u" }, false},
	} {
		event := second
		c.change(&event)
		has, err := o.HasEvent(o.ctx(), event)
		o.must(err)
		if has != c.want {
			t.Errorf("%+v is part of the journal: %v", event, has)
		}
	}
}

// inOrder requires that the messages of each course are 1, 2, 3 …
func (o *outbox) inOrder(messages []ports.Message) {
	o.Helper()
	last := make(map[ports.CourseRef]int64)
	for _, m := range messages {
		at := ports.CourseRef{Tenant: m.Tenant, Course: m.Course}
		if m.Sequence != last[at]+1 {
			o.Fatalf("%s comes after %d", name(m), last[at])
		}
		last[at] = m.Sequence
	}
}
