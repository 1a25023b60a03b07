package portstest

import (
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var republishCases = []Case[OpenMaintenance]{
	{"republish", "Republish adds records that publish entries of the tenant again: on each course, all entries from the first one on that happened at the time or later.", republish},
	{"republish one tenant's", "Republish adds records that publish entries of the tenant again", republishOneTenants},
	{"republish the unpublished", "Republish removes the unpublished records that have only such entries, unless a later one of the same course stays", republishTheUnpublished},
	{"republish out of time", "each course is published in order.", republishOutOfTime},
	{"republish during updates", "each course is published in order.", republishDuringUpdates},
	{"number of a republication", "Their Message.Republication is new.", numberOfARepublication},
	{"republish many", "It returns how many entries are to be published.", republishMany},
	{"backlog of the republished", "Backlog returns what is committed and unpublished.", backlogOfTheRepublished},
}

// republishes requires that want entries are to be published again.
func (o *maintenance) republishes(owner domain.TenantID, since time.Time, want int) {
	o.Helper()
	n, err := o.Republish(o.ctx(), owner, since)
	o.must(err)
	if n != want {
		o.Errorf("Republish returned %d entries, want %d", n, want)
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
	o.publish(100)
	o.republishes(tenant, noon.Add(2*time.Hour), 0)
	o.messagesAre(o.unpublished(100))
	o.republishes(tenant, noon.Add(time.Hour), 1)
	o.messagesAre(o.publish(100), "t/since/2")
	o.republishes(tenant, noon.In(time.FixedZone("", 7200)), 5) // in another time zone
	found := o.publish(2)
	if len(found) != 5 {
		t.Errorf("published again: %v", names(found))
	}
	next := map[domain.CourseID]int64{"mixed": 2, "since": 1}
	for _, m := range found {
		if m.Sequence != next[m.Course] {
			t.Errorf("%s comes, want sequence %d", name(m), next[m.Course])
		}
		next[m.Course]++
	}
}

func republishOneTenants(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	for _, owner := range []domain.TenantID{tenant, "other"} {
		o.appendEvents(owner, "c", 2)
	}
	o.publish(10)
	o.republishes("unknown", o.at, 0)
	o.republishes(tenant, o.at.Add(-time.Hour), 2)
	o.messagesAre(o.unpublished(10), "t/c/1", "t/c/2")
}

func republishTheUnpublished(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendEvents(tenant, "c", 2)
	o.publish(10)
	noon := o.at
	o.at = noon.Add(time.Second)
	o.appendEvents(tenant, "c", 1)
	o.appendEvents("other", "c", 1)
	o.republishes(tenant, noon, 3)
	o.messagesAre(o.publish(10), "other/c/1", "t/c/1", "t/c/2", "t/c/3")
	o.appendEvents(tenant, "d", 1)
	o.republishes(tenant, noon, 4)
	o.republishes(tenant, noon.Add(time.Second), 2) // leaves the record of the first two of c, and no other
	o.messagesAre(o.publish(10), "t/c/1", "t/c/2", "t/c/3", "t/c/3", "t/d/1")
}

// republishOutOfTime has clocks that differ: a record is earlier than the one before it.
func republishOutOfTime(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	o.appendEvents(tenant, "c", 1)
	o.at = noon.Add(-time.Second)
	o.appendEvents(tenant, "c", 1)
	o.republishes(tenant, noon, 2)
	o.messagesAre(o.publish(10), "t/c/1", "t/c/2")

	o.at = noon
	o.appendEvents(tenant, "b", 1)
	o.at = noon.Add(-time.Second)
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: "a"}, {ID: "b"}}}
	o.must(o.store.Update(o.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		o.retitle(loaded.Rosters[0], 1)
		o.retitle(loaded.Rosters[1], 1)
		return changesOf(loaded.Rosters...), nil
	}))
	o.republishes(tenant, noon, 4)
	o.messagesAre(o.publish(10), "t/b/1", "t/a/1", "t/b/2", "t/b/1", "t/b/2", "t/c/1", "t/c/2") // a/1 stays, and so does b/1 before b/2
}

func republishDuringUpdates(t testing.TB, open OpenMaintenance) {
	const writers, each = 3, 15
	o := newMaintenance(t, open)
	ids := []domain.CourseID{"a", "b"}
	for _, id := range ids {
		o.appendEvents(tenant, id, 1)
	}
	together(writers+1, func(i int) {
		for n := range each {
			if i < writers {
				o.appendEvents(tenant, ids[(i+n)%len(ids)], 1)
			} else if _, err := o.Republish(o.ctx(), tenant, o.at); err != nil {
				t.Errorf("Republish: %v", err)
			}
			time.Sleep(time.Millisecond) // steady: makes it likely that all run at the same time
		}
	})
	found := o.publish(100)
	o.inOrder(found)
	if len(found) != len(ids)+writers*each {
		t.Errorf("%d messages were published: %v", len(found), names(found))
	}
}

func numberOfARepublication(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendEvents(tenant, "c", 2)
	published := o.publish(10)
	last := int64(0)
	for range 3 {
		o.republishes(tenant, o.at, 2)
		again := o.publish(10)
		if len(again) != 2 {
			t.Fatalf("published again: %v", names(again))
		}
		if again[0].Republication <= last {
			t.Errorf("the number of a republication is %d, after %d", again[0].Republication, last)
		}
		last = again[0].Republication
		for i := range again {
			if again[i].Ref().ID != published[i].Ref().ID {
				t.Errorf("published again is %+v, and was %+v", again[i], published[i])
			}
		}
	}
}

// republishMany has more entries than a record should have.
func republishMany(t testing.TB, open OpenMaintenance) {
	const many = 2500
	o := newMaintenance(t, open)
	for range many / 500 {
		o.appendEvents(tenant, "c", 500)
	}
	o.publish(1000)
	o.republishes(tenant, o.at, many)
	o.backlogIs(many, o.at)
	found := o.publish(1)
	o.inOrder(found)
	if len(found) != many {
		t.Errorf("%d of %d were published again", len(found), many)
	}
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
