package portstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An ErasureStore is a store that can forget a learner.
type ErasureStore interface {
	ports.Store
	ports.ErasureStore
}

// An OpenErasure returns a new, empty store, and closes it with t.
type OpenErasure func(t testing.TB) ErasureStore

// TestErasure tests the stores that open returns against the contract of [ports.ErasureStore]. A case about another port, such as
// "forget dead letters", is skipped if the store does not implement that port.
func TestErasure(t *testing.T, open OpenErasure) { test(t, ErasureCases(), open) }

// ErasureCases returns the cases of [TestErasure].
func ErasureCases() []Case[OpenErasure] {
	return slices.Concat(erasureCases, personalCases, renamedCases)
}

var erasureCases = []Case[OpenErasure]{
	{"forget", "Forget replaces the learner by the pseudonym in every standing, entry and reply of the tenant.", forget},
	{"forget own replies", "It removes the replies whose subject is the learner", forgetOwnReplies},
	{"forget in many replies", "in every standing, entry and reply of the tenant", forgetInManyReplies},
	{"forget one tenant's", "in every standing, entry and reply of the tenant", forgetOneTenants},
	{"forget again", "If the learner is unknown, it changes nothing and returns zeros.", forgetAgain},
	{"forget during updates", "It must do all of this or nothing.", forgetDuringUpdates},
	{"forget during a snapshot", "every read must see the same committed state, whatever is updated meanwhile", forgetDuringASnapshot},
	{"forget dead letters", "It removes the replies whose subject is the learner, and the dead letters about the learner.", forgetDeadLetters},
	{"forget what was purged", "Entries that were purged are not counted.", forgetWhatWasPurged},
}

// The learner that a case forgets, and the pseudonym. Nothing else in the store contains these texts.
const (
	ada       domain.LearnerID = "ada-to-be-forgotten"
	pseudonym domain.LearnerID = "forgotten-1"
)

type erasure struct {
	*fixture
	ErasureStore
}

func newErasure(t testing.TB, open OpenErasure) *erasure {
	s := open(t)
	return &erasure{fixtureOf(t, s), s}
}

// forgets forgets ada, and returns the counts.
func (f *erasure) forgets(tenant domain.TenantID) ports.Forgotten {
	f.Helper()
	found, err := f.Forget(f.ctx(), tenant, ada, pseudonym)
	f.must(err)
	return found
}

// named returns an outcome that names the learner.
func (f *fixture) named(learner domain.LearnerID) ports.Outcome {
	return ports.Outcome{Standing: domain.Standing{Course: "queue", Learner: learner, Enrollment: "e", Since: f.at}}
}

func forget(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	ids := []domain.CourseID{"seat", "queue", "left", "never"}
	for _, id := range ids {
		f.put(id, 1)
	}
	f.enroll("seat", ada, "bob")
	f.enroll("queue", "bob", "cyd", ada, "dan")
	f.enroll("left", ada, "bob")
	f.withdraw("left", ada)
	f.enroll("left", ada)
	f.withdraw("left", ada)
	f.enroll("never", "bob")
	keys := []ports.IdempotencyKey{{Subject: subject, Name: "own"}, {Subject: subject, Name: "promoted"}, {Subject: subject, Name: "others"}}
	f.saveReply(tenant, f.record("own", "f1", f.named("bob"), f.named(ada)))
	f.saveReply(tenant, f.record("promoted", "f2", ports.Outcome{Promoted: []domain.Standing{f.named("bob").Standing, f.named(ada).Standing}}))
	f.saveReply(tenant, f.record("others", "f3", f.outcomes()...))
	before := f.dump(tenant, ids, keys...)

	if found, want := f.forgets(tenant), (ports.Forgotten{Standings: 3, Events: 6, Replies: 2}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	if after, want := f.dump(tenant, ids, keys...), strings.ReplaceAll(before, string(ada), string(pseudonym)); after != want {
		t.Errorf("the store has\n%s\nwant\n%s", after, want)
	}
	f.waitlistIs("queue", "cyd", pseudonym, "dan")
	f.audit(ids...)

	f.withdraw("queue", "bob", "cyd") // the pseudonym is promoted too
	f.withdraw("seat", pseudonym)
	f.enroll("seat", ada) // as a new learner
	f.waitlistIs("queue", "dan")
	f.waitlistIs("seat", ada)
	f.audit(ids...)
}

func forgetOwnReplies(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	own, others := f.record("k", "f", f.named("bob")), f.record("k", "f", f.named("bob"))
	own.Subject = string(ada)
	f.saveReply(tenant, own)
	f.saveReply(tenant, others)
	if found, want := f.forgets(tenant), (ports.Forgotten{Replies: 1}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	if left := f.loadReplies(tenant, own.IdempotencyKey, others.IdempotencyKey); left[0].Fingerprint != "" || left[1].Fingerprint == "" {
		t.Errorf("the reply to ada is %+v, the other is %+v; want none and one", left[0], left[1])
	}
	f.saveReply(tenant, own) // the key is free
}

func forgetInManyReplies(t testing.TB, open OpenErasure) {
	const many = 250 // more than a store reads at once
	f := newErasure(t, open)
	keys := make([]ports.IdempotencyKey, many)
	f.must(f.store.Update(f.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (c ports.Changes, _ error) {
		for i := range many {
			record := f.record(fmt.Sprint("k", i), "f", f.named("bob"), f.named(ada))
			record.Subject = fmt.Sprint(subject, i%3)
			keys[i] = record.IdempotencyKey
			c.Replies = append(c.Replies, record)
		}
		return c, nil
	}))
	chunk := make([]ports.Outcome, ports.MaxActions)
	for i := range chunk {
		chunk[i] = f.named(domain.LearnerID(fmt.Sprint("learner-", i)))
	}
	chunk[len(chunk)-1] = f.named(ada)
	f.saveReply(tenant, f.record("chunk", "f", chunk...))
	keys = append(keys, ports.IdempotencyKey{Subject: subject, Name: "chunk"})
	before := f.dump(tenant, nil, keys...)

	if found, want := f.forgets(tenant), (ports.Forgotten{Replies: many + 1}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	if f.dump(tenant, nil, keys...) != strings.ReplaceAll(before, string(ada), string(pseudonym)) {
		t.Error("the replies differ in more than the learner")
	}
}

func forgetOneTenants(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	const other = "other"
	title, capacity := "Theirs", 1
	for _, owner := range []domain.TenantID{tenant, other} {
		need := f.needs("c", 0, ada)
		need.Tenant = owner
		f.must(f.change(need, func(r *domain.Roster) {
			_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, f.at)
			f.must(err)
			_, err = r.Enroll(ada, newEnrollment(), false, f.at)
			f.must(err)
		}))
		f.saveReply(owner, f.record("k", "f", f.named(ada)))
		own := f.record("k", "f", f.named("bob"))
		own.Subject = string(ada)
		f.saveReply(owner, own)
	}
	picture := func() string {
		return f.dump(other, []domain.CourseID{"c"}, ports.IdempotencyKey{Subject: subject, Name: "k"}, ports.IdempotencyKey{Subject: string(ada), Name: "k"})
	}
	before := picture()
	if found, want := f.forgets(tenant), (ports.Forgotten{Standings: 1, Events: 1, Replies: 2}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	if after := picture(); after != before {
		t.Errorf("another tenant has\n%s\nand had\n%s", after, before)
	}
}

func forgetAgain(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	if found := f.forgets("empty"); found != (ports.Forgotten{}) {
		t.Errorf("in an empty tenant Forget returned %+v", found)
	}
	f.put("c", 1)
	f.enroll("c", ada, "bob")
	f.saveReply(tenant, f.record("k", "f", f.named(ada)))
	picture := func() string {
		return f.dump(tenant, []domain.CourseID{"c"}, ports.IdempotencyKey{Subject: subject, Name: "k"})
	}
	f.forgets(tenant)
	before := picture()
	for _, unknown := range []domain.LearnerID{ada, "unknown", "ADA-TO-BE-FORGOTTEN", "%", "ada"} {
		found, err := f.Forget(f.ctx(), tenant, unknown, "forgotten-2")
		f.must(err)
		if found != (ports.Forgotten{}) || picture() != before {
			t.Errorf("Forget returned %+v for the unknown learner %q; the store has\n%s\nand had\n%s", found, unknown, picture(), before)
		}
	}
}

func forgetDuringUpdates(t testing.TB, open OpenErasure) {
	const writers, each = 6, 8
	f := newErasure(t, open)
	ids := []domain.CourseID{"a", "b", "c"}
	for _, id := range ids {
		f.put(id, 5)
	}
	forgot := 0
	together(writers+1, func(writer int) {
		for i := range each {
			time.Sleep(time.Millisecond) // steady: makes it likely that all run at the same time
			if writer == writers {
				found, err := f.Forget(f.ctx(), tenant, ada, domain.LearnerID(fmt.Sprint("forgotten-", i)))
				if err != nil {
					t.Errorf("Forget: %v", err)
				}
				forgot += found.Events
				continue
			}
			need := f.needs(ids[(writer+i)%len(ids)], 2, ada, domain.LearnerID(fmt.Sprint("learner-", writer, "-", i)))
			if err := f.change(need, func(r *domain.Roster) { f.enrollOrWithdraw(r, need.Courses[0].Learners) }); err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
	found, err := f.Forget(f.ctx(), tenant, ada, "forgotten-last")
	f.must(err)
	if forgot += found.Events; forgot != writers*each {
		t.Errorf("forgot %d of %d events", forgot, writers*each)
	}
	if picture := f.dump(tenant, ids); strings.Contains(picture, string(ada)) {
		t.Errorf("the learner is still in\n%s", picture)
	}
	f.audit(ids...)
}

func forgetDuringASnapshot(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	f.put("c", 1)
	f.enroll("c", "bob", ada)
	f.must(f.store.Snapshot(f.ctx(), tenant, func(then ports.Reader) error {
		before := f.dumpOf(then, tenant, "c")
		f.forgets(tenant)
		if after := f.dumpOf(then, tenant, "c"); after != before {
			t.Errorf("the snapshot was\n%s\nand became\n%s", before, after)
		}
		return nil
	}))
	f.waitlistIs("c", pseudonym)
}

func forgetDeadLetters(t testing.TB, open OpenErasure) {
	f := newErasure(t, open)
	store, ok := f.store.(ports.DeadLetterStore)
	if !ok {
		t.Skip("the store has no dead letters")
	}
	d := &deadLetters{f.fixture, store}
	put := func(owner domain.TenantID, id string, learner domain.LearnerID) ports.DeadLetter {
		l := d.deadLetter(id)
		l.By.Tenant, l.Learner = owner, learner
		d.put(owner, l)
		return l
	}
	put(tenant, "a", ada)
	put(tenant, "b", ada)
	others := put(tenant, "c", "bob")
	unknown := put(tenant, "d", "")
	sameName := put("other", "a", ada)
	if found, want := f.forgets(tenant), (ports.Forgotten{DeadLetters: 2}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	d.deadLettersAre(tenant, others, unknown)
	d.deadLettersAre("other", sameName)
	if found := f.forgets(tenant); found != (ports.Forgotten{}) {
		t.Errorf("a second Forget returned %+v", found)
	}
}

func forgetWhatWasPurged(t testing.TB, open OpenErasure) {
	e := newErasure(t, open)
	store, ok := e.store.(MaintenanceStore)
	if !ok {
		t.Skip("the store can't purge")
	}
	o := newMaintenance(t, func(testing.TB) MaintenanceStore { return store })
	o.put("c", 1)
	o.enroll("c", ada, "bob")
	o.withdraw("c", ada)
	o.enroll("c", ada)
	o.publish(100)
	o.purges(o.at.Add(time.Second), 3)
	if found, want := e.forgets(tenant), (ports.Forgotten{Standings: 1, Events: 1}); found != want {
		t.Errorf("Forget returned %+v, want %+v", found, want)
	}
	o.waitlistIs("c", pseudonym)
	o.journalIs("c", 6, 1, 5, 6)
}
