package portstest

import (
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var republishCases = []Case[OpenMaintenance]{
	{"skips after an unpublished message", "It must skip a message if an earlier one of its course is unpublished", skipsAfterUnpublished},
	{"republish", "Republish makes entries of the tenant unpublished: those that happened at a time or later, and all after one of these on its course.", republish},
	{"republish one tenant's", "Republish makes entries of the tenant unpublished", republishOneTenants},
	{"backlog of the republished", "Backlog returns what is committed and unpublished.", backlogOfTheRepublished},
}

func skipsAfterUnpublished(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendEvents(tenant, "c", 3)
	o.publish(10)
	o.appendEvents(tenant, "c", 2)
	o.appendEvents(tenant, "d", 1)
	late := o.unpublished(ports.CourseRef{}, 10)
	o.republishes(tenant, o.at, 3)
	o.mark(late...)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 10), "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
	o.mark(late[1])
	o.messagesAre(o.publish(2), "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
}

// republishes requires that want entries become unpublished.
func (o *maintenance) republishes(owner domain.TenantID, since time.Time, want int) {
	o.Helper()
	n, err := o.Republish(o.ctx(), owner, since)
	o.must(err)
	if n != want {
		o.Errorf("Republish made %d entries unpublished, want %d", n, want)
	}
}

func republish(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	for _, happened := range []struct {
		course domain.CourseID
		at     []time.Duration
	}{
		{"before", []time.Duration{-time.Hour, -time.Microsecond}},
		{"mixed", []time.Duration{-time.Second, 0, -time.Second, time.Second}}, // with clocks that differ
		{"since", []time.Duration{time.Microsecond, time.Hour}},
	} {
		for _, at := range happened.at {
			o.at = noon.Add(at)
			o.appendEvents(tenant, happened.course, 1)
		}
	}
	o.republishes(tenant, noon, 0) // nothing has been published
	o.publish(100)
	o.republishes(tenant, noon.Add(2*time.Hour), 0)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100))
	o.republishes(tenant, noon.Add(time.Hour), 1)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100), "t/since/2")
	o.republishes(tenant, noon.In(time.FixedZone("", 7200)), 4) // in another time zone; one is unpublished already
	want := []string{"t/mixed/2", "t/mixed/3", "t/mixed/4", "t/since/1", "t/since/2"}
	o.messagesAre(o.unpublished(ports.CourseRef{}, 100), want...)
	o.republishes(tenant, noon, 0)
	o.messagesAre(o.publish(2), "t/mixed/2", "t/mixed/3", "t/since/1", "t/since/2", "t/mixed/4")
}

func republishOneTenants(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	for _, owner := range []domain.TenantID{tenant, "other"} {
		o.appendEvents(owner, "c", 2)
	}
	o.publish(10)
	o.republishes("unknown", o.at, 0)
	o.republishes(tenant, o.at.Add(-time.Hour), 2)
	o.messagesAre(o.unpublished(ports.CourseRef{}, 10), "t/c/1", "t/c/2")
}

func backlogOfTheRepublished(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	o.appendEvents(tenant, "a", 3)
	o.appendEvents("other", "b", 2)
	o.at = noon.Add(time.Hour)
	o.appendEvents("other", "b", 1)
	o.publish(10)
	o.backlogIs(0, time.Time{})
	o.republishes("other", noon.Add(time.Second), 1)
	o.backlogIs(1, noon.Add(time.Hour))
}
