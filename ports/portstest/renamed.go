package portstest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var renamedCases = []Case[OpenErasure]{
	{"forget a renamed learner", "Forget must replace the learner in all these entries, and in Previous.", forgetRenamed},
	{"forget a learner with a used id", "Before a rename from the id, entries under the id are another person's.", forgetUsedID},
	{"forget replies before a rename", "It must treat replies and dead letters under an earlier id alike, if they are not later than the last rename from that id.", forgetBeforeRename},
	{"forget a renamed learner after a purge", "Entries that were purged are not counted.", forgetRenamedAfterPurge},
}

// learnersAre requires these learners in a journal, in order: "LEARNER", or "PREVIOUS>LEARNER" of a rename.
func (f *fixture) learnersAre(id domain.CourseID, want ...string) {
	f.Helper()
	var got []string
	for _, e := range f.journal(id, 0) {
		switch {
		case e.Previous != "":
			got = append(got, fmt.Sprint(e.Previous, ">", e.Learner))
		case e.Learner != "":
			got = append(got, string(e.Learner))
		}
	}
	if !slices.Equal(got, want) {
		f.Errorf("the journal of %s is about %v, want %v", id, got, want)
	}
	f.audit(id)
}

func forgetRenamed(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	for _, id := range []domain.CourseID{"a", "b", "c", "d"} {
		f.put(id, 1)
		f.enroll(id, "bob", "one")
	}
	f.rename("a", "one", "two")
	f.withdraw("a", "two")
	f.rename("a", "two", ada)
	f.enroll("a", "one") // another person
	f.rename("b", "one", ada)
	f.rename("c", "one", "two")
	f.rename("c", "two", ada)
	f.rename("c", ada, "one") // back
	f.rename("c", "one", ada)
	f.enroll("d", ada)
	if found, want := f.forgets(tenant), (ports.Forgotten{Standings: 4, Events: 4 + 2 + 5 + 1}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	const p = string(pseudonym)
	f.learnersAre("a", "bob", p, p+">"+p, p, p+">"+p, "one")
	f.learnersAre("b", "bob", p, p+">"+p)
	f.learnersAre("c", "bob", p, p+">"+p, p+">"+p, p+">"+p, p+">"+p)
	f.learnersAre("d", "bob", "one", p)
	f.waitlistIs("c", pseudonym)
	f.withdraw("c", "bob") // the pseudonym is promoted
	f.rename("c", pseudonym, "new")
	f.learnersAre("c", "bob", p, p+">"+p, p+">"+p, p+">"+p, p+">"+p, "bob", p, p+">new")
}

// The id was of other learners before: one who was renamed from it, and one who took it later.
func forgetUsedID(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.put("c", 1)
	f.enroll("c", ada)
	f.rename("c", ada, "first")
	f.enroll("c", "second")
	f.rename("c", "second", ada)
	f.withdraw("c", ada)
	f.rename("c", ada, "third")
	f.enroll("c", ada)
	f.withdraw("c", ada, "first")
	if found, want := f.forgets(tenant), (ports.Forgotten{Standings: 1, Events: 2}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	const p = string(pseudonym)
	f.learnersAre("c", string(ada), "ada-to-be-forgotten>first", "second", "second>ada-to-be-forgotten", string(ada), "ada-to-be-forgotten>third", p, p, "first")
	if found, err := f.Forget(f.ctx(), tenant, "third", "forgotten-3"); err != nil || found.Events != 4 {
		t.Errorf("Forget returned %+v, %v, want 4 events", found, err)
	}
	f.learnersAre("c", string(ada), "ada-to-be-forgotten>first", "forgotten-3", "forgotten-3>forgotten-3", "forgotten-3", "forgotten-3>forgotten-3", p, p, "first")
	if found, err := f.Forget(f.ctx(), tenant, "first", "forgotten-4"); err != nil || found.Events != 3 {
		t.Errorf("Forget returned %+v, %v, want 3 events", found, err)
	}
	f.learnersAre("c", "forgotten-4", "forgotten-4>forgotten-4", "forgotten-3", "forgotten-3>forgotten-3", "forgotten-3", "forgotten-3>forgotten-3", p, p, "forgotten-4")
}

func forgetBeforeRename(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.put("a", 1)
	f.put("b", 1)
	f.enroll("a", "one")
	f.enroll("b", "one")
	d, hasLetters := f.letters()
	noon := f.at
	rename := func(id domain.CourseID, after time.Duration) {
		f.at = noon.Add(after)
		f.rename(id, "one", ada)
	}
	rename("a", 0)
	rename("b", time.Second) // of two renames, the last counts
	var own, others []ports.IdempotencyKey
	for i, age := range []time.Duration{-time.Hour, 0, time.Second - time.Microsecond, time.Second, time.Second + time.Microsecond, time.Hour} {
		f.at = noon.Add(age)
		record, to := f.record(fmt.Sprint("k", i), "f", f.named("one")), f.record(fmt.Sprint("to", i), "f", f.named("bob"))
		to.Subject = "one"
		f.saveReply(tenant, record)
		f.saveReply(tenant, to)
		own, others = append(own, to.IdempotencyKey), append(others, record.IdempotencyKey)
		if hasLetters {
			d.putAbout(fmt.Sprint(i), "one")
		}
	}
	want := ports.Forgotten{Standings: 2, Events: 4, Replies: 8, DeadLetters: 4}
	if !hasLetters {
		want.DeadLetters = 0
	}
	if got := counts(f.about(ada)); got != want {
		t.Errorf("About returned %+v, want %+v", got, want)
	}
	if found := f.forgets(tenant); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	for i, record := range f.loadReplies(tenant, own...) {
		if left := record.Fingerprint != ""; left != (i > 3) {
			t.Errorf("reply %d to the earlier id is left: %v", i, left)
		}
	}
	for i, record := range f.loadReplies(tenant, others...) {
		if named := record.Outcomes[0].Standing.Learner; named != map[bool]domain.LearnerID{false: pseudonym, true: "one"}[i > 3] {
			t.Errorf("reply %d names %s", i, named)
		}
	}
	if hasLetters {
		left, err := d.ListDeadLetters(f.ctx(), tenant, ports.DeadLetterPage{Limit: 9})
		if err != nil || len(left) != 2 || left[0].ID != "4" || left[1].ID != "5" {
			t.Errorf("dead letters %+v are left, %v, want 4 and 5", left, err)
		}
	}
}

func forgetRenamedAfterPurge(t testing.TB, open OpenErasure) {
	e := newErasure(t, open)
	store, ok := e.store.(MaintenanceStore)
	if !ok {
		t.Skip("the store can't purge")
	}
	o := newMaintenance(t, func(testing.TB) MaintenanceStore { return store })
	o.put("c", 1)
	o.enroll("c", "one", "bob")
	o.withdraw("c", "one") // 4, and 5: bob is promoted
	o.enroll("c", "one")
	o.rename("c", "one", ada) // 7
	o.enroll("c", "one")
	o.rename("c", "bob", "one-more")
	o.publish(100)
	o.purges(o.at.Add(time.Second), 3)
	o.journalIs("c", 9, 1, 5, 6, 7, 8, 9)
	if found, want := e.forgets(tenant), (ports.Forgotten{Standings: 1, Events: 2}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	o.learnersAre("c", "bob", string(pseudonym), string(pseudonym)+">"+string(pseudonym), "one", "bob>one-more")
	o.waitlistIs("c", pseudonym, "one")
}
