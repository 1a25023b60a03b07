package portstest

import (
	"testing"
	"time"

	"example.com/roster/ports"
)

var markCases = []Case[OpenOutbox]{
	{"marks", "MarkPublished marks messages as published.", marks},
	{"backlog", "Backlog returns what is committed and unpublished.", backlog},
}

func marks(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.appendEvents(tenant, "a", 5)
	o.appendEvents(tenant, "b", 2)
	o.mark()
	all := o.unpublished(ports.CourseRef{}, 100)
	o.mark(all[:2]...) // what the broker acknowledged before it failed
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100), "t/a/3", "t/a/4", "t/a/5", "t/b/1", "t/b/2")
	o.mark(all[2:6]...)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100), "t/b/2")
	o.mark(all[:2]...) // again, late
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100), "t/b/2")
	o.mark(all[6:]...)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100))
	o.appendEvents(tenant, "a", 1)
	o.messagesAre(o.publish(10), "t/a/6")
}

func backlog(t testing.TB, open OpenOutbox) {
	o := newOutbox(t, open)
	o.backlogIs(0, time.Time{})
	noon := o.at
	o.at = noon.Add(time.Minute)
	o.appendEvents(tenant, "a", 3)
	o.at = noon
	o.appendEvents("other", "b", 2)
	o.at = noon.Add(time.Hour)
	o.appendEvents("other", "b", 1)
	o.backlogIs(6, noon)
	o.mark(o.unpublished(ports.CourseRef{Tenant: "other", Course: "a"}, 1)...) // one of tenant other
	o.backlogIs(5, noon)
	o.mark(o.unpublished(ports.CourseRef{Tenant: "other", Course: "a"}, 1)...)
	o.backlogIs(4, noon.Add(time.Minute))
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
