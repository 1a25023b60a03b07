package portstest

import (
	"fmt"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var purgeCases = []Case[OpenMaintenance]{
	{"purge", "Of the old part, Purge must keep what domain.Purge keeps, and remove the other entries.", purge},
	{"purge renames", "Of the old part, Purge must keep what domain.Purge keeps, and remove the other entries.", purgeRenames},
	{"purge and go on", "The old part is now a snapshot, and Reader.Purged must return the sequence of its last entry.", purgeAndGoOn},
	{"purge again", "If the old part is shorter than the snapshot that an earlier Purge made, Purge must remove nothing.", purgeAgain},
	{"purge the published", "The old part of a journal ends before the first entry that is unpublished", purgeThePublished},
	{"purge the old", "or that happened at the time or later", purgeTheOld},
	{"purge all tenants'", "Purge compacts the old part of each journal of all tenants", purgeAllTenants},
	{"purge and republish", "The old part of a journal ends before the first entry that is unpublished", purgeAndRepublish},
	{"purge during a snapshot", "every read must see the same committed state, whatever is updated meanwhile", purgeDuringASnapshot},
	{"purge during updates", "in a transaction for each course", purgeDuringUpdates},
}

// purges requires that Purge removes want entries.
func (o *maintenance) purges(before time.Time, want int) {
	o.Helper()
	removed, err := o.Purge(o.ctx(), before)
	o.must(err)
	if removed != want {
		o.Errorf("%d entries purged, want %d", removed, want)
	}
}

// journalIs requires that the journal has entries of exactly these sequences, and is a snapshot up to purged.
func (o *maintenance) journalIs(id domain.CourseID, purged int64, sequences ...int64) {
	o.Helper()
	var got []int64
	for _, e := range o.journal(id, 0) {
		got = append(got, e.Sequence)
	}
	if fmt.Sprint(got) != fmt.Sprint(sequences) {
		o.Errorf("the journal of %s has %v, want %v", id, got, sequences)
	}
	o.purgedIs(tenant, id, purged)
	o.audit(id)
}

func (o *maintenance) purgedIs(owner domain.TenantID, id domain.CourseID, want int64) {
	o.Helper()
	purged, err := o.Purged(o.ctx(), owner, id)
	o.must(err)
	if purged != want {
		o.Errorf("%s of %s is a snapshot up to %d, want %d", id, owner, purged, want)
	}
}

// appendTenEvents creates course c with ten events:
//
//	1 opened   3 bob waits   5 ada withdrew   7 cyd waits   9 cyd withdrew
//	2 ada      4 changed     6 bob promoted   8 ada waits   10 dan waits
func (o *maintenance) appendTenEvents() {
	o.put("c", 1)
	o.enroll("c", "ada", "bob")
	o.appendEvents(tenant, "c", 1)
	o.withdraw("c", "ada")
	o.enroll("c", "cyd", "ada")
	o.withdraw("c", "cyd")
	o.enroll("c", "dan")
}

func purge(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.purges(o.at.Add(time.Hour), 0)
	o.purgedIs(tenant, "none", 0)
	o.appendTenEvents()
	o.journalIs("c", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	o.publish(100)
	before := o.journal("c", 0)
	o.purges(o.at.Add(time.Second), 5)
	o.journalIs("c", 10, 4, 6, 8, 9, 10)
	for _, left := range o.journal("c", 5) {
		if was := before[left.Sequence-1]; left.ID != was.ID || left.Event.Learner != was.Event.Learner || !left.At.Equal(was.At) {
			t.Errorf("an entry is\n%+v, and was\n%+v", left, was)
		}
	}
	if tail := o.journal("c", 8); len(tail) != 2 {
		t.Errorf("after 8 come %d entries, want 9 and 10", len(tail))
	}
	o.waitlistIs("c", "ada", "dan")
}

func purgeRenames(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.put("plain", 1)
	o.enroll("plain", "ada", "bob")
	o.withdraw("plain", "ada") // 4, and 5: bob is promoted
	o.appendTenEvents()
	o.rename("c", "bob", "bert")   // 11
	o.rename("c", "ada", "adele")  // 12
	o.enroll("c", "bob")           // 13: another person
	o.rename("c", "bert", "bjarn") // 14
	o.withdraw("c", "adele")       // 15
	o.rename("c", "bob", "bart")   // 16
	o.rename("c", "cyd", "bob")    // 17
	o.publish(100)
	o.purges(o.at.Add(time.Second), 2+7)
	o.journalIs("plain", 5, 1, 4, 5)
	o.journalIs("c", 17, 4, 6, 9, 10, 11, 13, 14, 15, 16, 17)
	o.waitlistIs("c", "dan", "bart")
	o.purges(o.at.Add(time.Second), 0)

	o.at = o.at.Add(time.Hour)
	o.enroll("c", "adele")       // 18
	o.withdraw("c", "bjarn")     // 19, and 20: dan is promoted
	o.rename("c", "dan", "bert") // 21
	o.publish(100)
	o.purges(o.at.Add(time.Second), 5)
	o.journalIs("c", 21, 4, 9, 13, 16, 17, 18, 19, 20, 21)
	o.waitlistIs("c", "bart", "adele")

	o.must(o.change(o.needs("c", 10, "adele"), func(r *domain.Roster) {
		for range 1200 { // more than a page of any store
			o.enrollOrWithdraw(r, []domain.LearnerID{"adele", "adele"})
		}
	}))
	o.publish(10_000)
	o.purges(o.at.Add(time.Second), 2400)
	o.journalIs("c", 2421, 4, 9, 13, 16, 17, 19, 20, 21, 2421)
}

func purgeAndGoOn(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendTenEvents()
	o.publish(100)
	o.purges(o.at.Add(time.Second), 5)
	o.messagesAre(o.unpublished(10))
	o.backlogIs(0, time.Time{})
	o.withdraw("c", "bob") // 11, and 12: ada is promoted
	o.enroll("c", "eve", "cyd")
	o.messagesAre(o.unpublished(2), "t/c/11", "t/c/12")
	o.journalIs("c", 10, 4, 6, 8, 9, 10, 11, 12, 13, 14)
	o.messagesAre(o.publish(3), "t/c/11", "t/c/12", "t/c/13", "t/c/14")
	o.waitlistIs("c", "dan", "eve", "cyd")
}

func purgeAgain(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	o.appendTenEvents()
	o.publish(100)
	o.purges(noon.Add(time.Second), 5)
	o.purges(noon.Add(time.Second), 0)
	o.at = noon.Add(time.Hour)
	o.withdraw("c", "bob")         // 11, and 12: ada is promoted
	o.enroll("c", "eve")           // 13
	o.appendEvents(tenant, "c", 1) // 14
	o.publish(100)
	o.purges(noon, 0) // an earlier time
	o.purges(noon.Add(time.Second), 0)
	o.journalIs("c", 10, 4, 6, 8, 9, 10, 11, 12, 13, 14)
	o.purges(noon.Add(2*time.Hour), 3) // the earlier entries of the terms, bob and ada
	o.journalIs("c", 14, 9, 10, 11, 12, 13, 14)
	o.purges(noon.Add(2*time.Hour), 0)
	o.journalIs("c", 14, 9, 10, 11, 12, 13, 14)
}

func purgeThePublished(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendTenEvents()
	o.purges(o.at.Add(time.Hour), 0)
	o.journalIs("c", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	o.mark(o.records(5)...) // 1 to 6
	o.purges(o.at.Add(time.Hour), 3)
	o.journalIs("c", 6, 4, 5, 6, 7, 8, 9, 10)
	o.messagesAre(o.publish(100), "t/c/7", "t/c/8", "t/c/9", "t/c/10")
	o.purges(o.at.Add(time.Hour), 2)
	o.journalIs("c", 10, 4, 6, 8, 9, 10)
}

func purgeTheOld(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	for _, age := range []time.Duration{2 * time.Hour, time.Hour, time.Microsecond, 0, time.Minute, -time.Microsecond} {
		o.at = noon.Add(-age)
		o.appendEvents(tenant, "c", 1)
	}
	o.publish(100)
	o.purges(noon.Add(-2*time.Hour), 0)
	o.journalIs("c", 0, 1, 2, 3, 4, 5, 6)
	o.purges(noon.In(time.FixedZone("", 7200)), 2) // in another time zone
	o.journalIs("c", 3, 3, 4, 5, 6)                // 5 is old, but follows one that is not
	o.purges(noon.Add(time.Microsecond), 2)
	o.journalIs("c", 5, 5, 6)
}

func purgeAllTenants(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	const d = "CS 115 (A) / 'é' %"
	tenants := []domain.TenantID{"a", tenant, "z"}
	for i, owner := range tenants {
		o.appendEvents(owner, "c", 3+i)
		o.appendEvents(owner, d, 2)
	}
	o.publish(100)
	o.purges(o.at.Add(time.Second), 2+3+4+3)
	for i, owner := range tenants {
		o.purgedIs(owner, "c", int64(3+i))
		o.purgedIs(owner, d, 2)
	}
	o.purgedIs("other", "c", 0)
	o.audit("c", d)
}

func purgeAndRepublish(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	noon := o.at
	o.appendTenEvents()
	o.publish(100)
	o.purges(noon.Add(time.Second), 5)
	o.at = noon.Add(time.Hour)
	o.withdraw("c", "bob") // 11, and 12: ada is promoted
	o.publish(100)
	o.republishes(tenant, noon.Add(-time.Hour), 7)
	o.purges(noon.Add(2*time.Hour), 0)
	o.journalIs("c", 10, 4, 6, 8, 9, 10, 11, 12)
	o.backlogIs(7, noon)
	o.messagesAre(o.publish(3), "t/c/4", "t/c/6", "t/c/8", "t/c/9", "t/c/10", "t/c/11", "t/c/12")
	o.hasEvents(7, 12)
	o.purges(noon.Add(2*time.Hour), 2)
	o.journalIs("c", 12, 4, 9, 10, 11, 12)
}

func purgeDuringASnapshot(t testing.TB, open OpenMaintenance) {
	o := newMaintenance(t, open)
	o.appendTenEvents()
	o.publish(100)
	o.must(o.Snapshot(o.ctx(), tenant, func(then ports.Reader) error {
		before := o.dumpOf(then, tenant, "c")
		o.purges(o.at.Add(time.Second), 5)
		if after := o.dumpOf(then, tenant, "c"); after != before {
			t.Errorf("the snapshot was\n%s\nand became\n%s", before, after)
		}
		if purged, err := then.Purged(o.ctx(), tenant, "c"); err != nil || purged != 0 {
			t.Errorf("the snapshot is purged up to %d, %v", purged, err)
		}
		return nil
	}))
	o.journalIs("c", 10, 4, 6, 8, 9, 10)
}

func purgeDuringUpdates(t testing.TB, open OpenMaintenance) {
	const writers, each = 3, 15
	o := newMaintenance(t, open)
	ids := []domain.CourseID{"a", "b", "c"}
	for _, id := range ids {
		o.put(id, 2)
	}
	o.at = o.at.Add(time.Second) // later than the first events
	together(writers+2, func(i int) {
		for n := range each {
			switch i {
			case writers:
				o.publishSome()
			case writers + 1:
				if _, err := o.Purge(o.ctx(), o.at.Add(time.Second)); err != nil {
					t.Errorf("Purge: %v", err)
				}
			default:
				need := o.needs(ids[(i+n)%len(ids)], 3, learners(4)...)
				if err := o.change(need, func(r *domain.Roster) { o.enrollOrWithdraw(r, learners(4)[n%2:2+n%3]) }); err != nil {
					t.Errorf("Update: %v", err)
				}
			}
			time.Sleep(time.Millisecond) // steady: makes it likely that all run at the same time
		}
	})
	o.publish(100)
	o.audit(ids...)
	for range 2 {
		_, err := o.Purge(o.ctx(), o.at.Add(time.Second))
		o.must(err)
		o.audit(ids...)
	}
	for _, id := range ids {
		if n, most := len(o.journal(id, 0)), 1+4; n > most {
			t.Errorf("%d entries are left of %s, want %d at most", n, id, most)
		}
	}
}

// publishSome marks some messages, as a relay does during updates.
func (o *outbox) publishSome() {
	records, err := o.Unpublished(o.ctx(), 5)
	if err == nil {
		err = o.MarkPublished(o.ctx(), records)
	}
	if err != nil {
		o.Errorf("publishing: %v", err)
	}
}

// hasEvents requires that events of the course are known, with any id if a purge may have removed them.
func (o *maintenance) hasEvents(purged, present int64) {
	o.Helper()
	for sequence, id := range map[int64]string{purged: "removed", present: o.journal("c", present-1)[0].ID} {
		has, err := o.HasEvent(o.ctx(), ports.EventRef{CourseRef: ports.CourseRef{Tenant: tenant, Course: "c"}, Sequence: sequence, ID: id})
		o.must(err)
		if !has {
			o.Errorf("event %d is unknown", sequence)
		}
	}
}
