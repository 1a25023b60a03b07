package portstest

import (
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var republishCases = []Case[OpenMaintenance]{
	{"marks only from exactly before", "those of a course only if all before them are marked still", marksOnlyFromExactlyBefore},
	{"republish", "Republish takes the marks off what happened since a time, and all that came after", republish},
	{"republish one tenant's", "the tenant's entries", republishOneTenants},
	{"backlog of the republished", "Backlog returns what is committed and not marked, and when the first of it happened", backlogOfTheRepublished},
}

func marksOnlyFromExactlyBefore(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.happen(tenant, "c", 3)
	o.publish(10)
	o.happen(tenant, "c", 2)
	o.happen(tenant, "d", 1)
	late := o.unpublished(ports.CourseRef{}, 10)
	o.republishes(tenant, o.at, 3)
	o.mark(late...)
	o.are(o.unpublished(ports.CourseRef{}, 10), "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
	o.mark(late[1])
	o.are(o.publish(2), "t/c/1", "t/c/2", "t/c/3", "t/c/4", "t/c/5")
}

// republishes requires that Republish brings back so many.
func (o *maintenance) republishes(whose domain.TenantID, since time.Time, want int) {
	o.Helper()
	n, err := o.Republish(o.ctx(), whose, since)
	o.must(err)
	if n != want {
		o.Errorf("%d are unpublished by Republish that were not, want %d", n, want)
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
		{"mixed", []time.Duration{-time.Second, 0, -time.Second, time.Second}}, // by clocks that differ
		{"since", []time.Duration{time.Microsecond, time.Hour}},
	} {
		for _, at := range happened.at {
			o.at = noon.Add(at)
			o.happen(tenant, happened.course, 1)
		}
	}
	o.republishes(tenant, noon, 0) // nothing has been published
	o.publish(100)
	o.republishes(tenant, noon.Add(2*time.Hour), 0)
	o.are(o.unpublished(ports.CourseRef{}, 100))
	o.republishes(tenant, noon.Add(time.Hour), 1)
	o.are(o.unpublished(ports.CourseRef{}, 100), "t/since/2")
	o.republishes(tenant, noon.In(time.FixedZone("", 7200)), 4) // whatever the zone; one is unpublished already
	want := []string{"t/mixed/2", "t/mixed/3", "t/mixed/4", "t/since/1", "t/since/2"}
	o.are(o.unpublished(ports.CourseRef{}, 100), want...)
	o.republishes(tenant, noon, 0)
	o.are(o.publish(2), "t/mixed/2", "t/mixed/3", "t/since/1", "t/since/2", "t/mixed/4")
}

func republishOneTenants(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	for _, whose := range []domain.TenantID{tenant, "other"} {
		o.happen(whose, "c", 2)
	}
	o.publish(10)
	o.republishes("nobody", o.at, 0)
	o.republishes(tenant, o.at.Add(-time.Hour), 2)
	o.are(o.unpublished(ports.CourseRef{}, 10), "t/c/1", "t/c/2")
}

func backlogOfTheRepublished(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	o.happen(tenant, "a", 3)
	o.happen("other", "b", 2)
	o.at = noon.Add(time.Hour)
	o.happen("other", "b", 1)
	o.publish(10)
	o.backlogIs(0, time.Time{})
	o.republishes("other", noon.Add(time.Second), 1)
	o.backlogIs(1, noon.Add(time.Hour))
}
