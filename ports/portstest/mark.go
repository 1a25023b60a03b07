package portstest

import (
	"testing"
	"time"

	"example.com/roster/ports"
)

var markCases = []Case[OpenOutbox]{
	{"marks", "MarkPublished marks records, which Unpublished returned, as published.", marks},
	{"last published", "LastPublished returns the last event of the records that were marked last.", lastPublished},
	{"backlog", "Backlog returns what is committed and unpublished.", backlog},
}

func marks(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	for range 3 {
		o.appendEvents(tenant, "a", 2)
		o.appendEvents(tenant, "b", 1)
	}
	o.mark()
	all := o.records(100)
	o.mark(all[:2]...) // what the broker acknowledged before it failed
	o.messagesAre(o.unpublished(100), "t/a/3", "t/a/4", "t/b/2", "t/a/5", "t/a/6", "t/b/3")
	o.mark(all[2:5]...)
	o.messagesAre(o.unpublished(100), "t/b/3")
	o.mark(all[:2]...) // again, late
	o.messagesAre(o.unpublished(100), "t/b/3")
	o.mark(all[5:]...)
	o.messagesAre(o.unpublished(100))
	o.appendEvents(tenant, "a", 1)
	o.messagesAre(o.publish(10), "t/a/7")
}

func lastPublished(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	lastIs := func(want ports.EventRef) {
		t.Helper()
		got, err := o.LastPublished(o.ctx())
		o.must(err)
		if got.At = got.At.UTC(); got != want {
			t.Errorf("published last is %+v, want %+v", got, want)
		}
	}
	lastIs(ports.EventRef{})
	o.appendEvents(tenant, "a", 2)
	o.appendEvents("u", "b", 3)
	o.appendEvents(tenant, "c", 1)
	all := o.records(100)
	last := func(r ports.OutboxRecord) ports.EventRef {
		ref := r.Messages[len(r.Messages)-1].Ref()
		ref.At = ref.At.UTC()
		return ref
	}
	o.mark(all[:2]...)
	lastIs(last(all[1]))
	o.mark()
	lastIs(last(all[1]))
	o.mark(all[2])
	lastIs(last(all[2]))
}

func backlog(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.backlogIs(0, time.Time{})
	noon := o.at
	o.at = noon
	o.appendEvents("other", "b", 1)
	o.at = noon.Add(time.Minute)
	o.appendEvents(tenant, "a", 3)
	o.at = noon.Add(time.Hour)
	o.appendEvents("other", "b", 2)
	o.backlogIs(6, noon)
	o.mark(o.records(1)...)
	o.backlogIs(5, noon.Add(time.Minute))
	o.mark(o.records(3)...)
	o.backlogIs(2, noon.Add(time.Hour))
	o.publish(10)
	o.backlogIs(0, time.Time{})
}

func (o *outbox) backlogIs(messages int, oldest time.Time) {
	o.Helper()
	b, err := o.Backlog(o.ctx())
	o.must(err)
	if b.Messages != messages || !b.Oldest.Equal(oldest) {
		o.Errorf("backlog is %+v, want %d messages, the oldest of %v", b, messages, oldest)
	}
}
