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

// An OpenErasure returns a fresh, empty store, and closes it with t.
type OpenErasure func(t testing.TB) ErasureStore

// TestErasure holds the stores that open returns to the contract of [ports.ErasureStore]. A case about another port, such as
// "forget dead letters", is skipped if the store does not implement that port.
func TestErasure(t *testing.T, open OpenErasure) { test(t, ErasureCases(), open) }

// ErasureCases returns the cases of [TestErasure].
func ErasureCases() []Case[OpenErasure] { return slices.Clone(erasureCases) }

var erasureCases = []Case[OpenErasure]{
	{"forget", "Forget puts the pseudonym in the learner's place in every standing, entry and reply", forget},
	{"forget his own replies", "Forget removes the replies whose subject he is", forgetHisOwnReplies},
	{"forget in many replies", "every reply: also those of a chunk, and however many they are", forgetInManyReplies},
	{"forget one tenant's", "Forget is about one tenant, whoever is called the same elsewhere", forgetOneTenants},
	{"forget again", "Forgotten is all zero where he was not known, and nothing changes", forgetAgain},
	{"forget during updates", "all of it or nothing, whatever is updated meanwhile", forgetDuringUpdates},
	{"forget beside a snapshot", "in a Snapshot every read sees the same committed state", forgetBesideASnapshot},
	{"forget dead letters", "Forget removes the dead letters that are about him", forgetDeadLetters},
	{"forget what was purged", "Forget counts the entries that are there", forgetWhatWasPurged},
}

// Whom a case forgets: nothing else that is kept has this text in it.
const (
	ada   domain.LearnerID = "ada-to-be-forgotten"
	nymph domain.LearnerID = "forgotten-1"
)

type erasure struct {
	*world
	ErasureStore
}

func newErasure(t testing.TB, open OpenErasure) *erasure {
	s := open(t)
	return &erasure{worldOf(t, s), s}
}

// forgets has the store forget ada, and returns what it found.
func (w *erasure) forgets(tenant domain.TenantID) ports.Forgotten {
	w.Helper()
	found, err := w.Forget(w.ctx(), tenant, ada, nymph)
	w.must(err)
	return found
}

// named returns an outcome that tells of the learner.
func (w *world) named(learner domain.LearnerID) ports.Outcome {
	return ports.Outcome{Standing: domain.Standing{Course: "line", Learner: learner, Enrollment: "e", Since: w.at}}
}

func forget(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	ids := []domain.CourseID{"seat", "line", "left", "never"}
	for _, id := range ids {
		w.put(id, 1)
	}
	w.enroll("seat", ada, "bob")
	w.enroll("line", "bob", "cyd", ada, "dan")
	w.enroll("left", ada, "bob")
	w.withdraw("left", ada)
	w.enroll("left", ada)
	w.withdraw("left", ada)
	w.enroll("never", "bob")
	keys := []ports.IdempotencyKey{{Subject: subject, Name: "his"}, {Subject: subject, Name: "promoted"}, {Subject: subject, Name: "others"}}
	w.keep(tenant, w.kept("his", "f1", w.named("bob"), w.named(ada)))
	w.keep(tenant, w.kept("promoted", "f2", ports.Outcome{Promoted: []domain.Standing{w.named("bob").Standing, w.named(ada).Standing}}))
	w.keep(tenant, w.kept("others", "f3", w.outcomes()...))
	before := w.picture(tenant, ids, keys...)

	if found, want := w.forgets(tenant), (ports.Forgotten{Standings: 3, Events: 6, Replies: 2}); found != want {
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	if after, want := w.picture(tenant, ids, keys...), strings.ReplaceAll(before, string(ada), string(nymph)); after != want {
		t.Errorf("there is\n%s\nwant\n%s", after, want)
	}
	w.lineIs("line", "cyd", nymph, "dan")
	w.audit(ids...)

	w.withdraw("line", "bob", "cyd") // the seat passes down the line, to the pseudonym too
	w.withdraw("seat", nymph)
	w.enroll("seat", ada) // a stranger again
	w.lineIs("line", "dan")
	w.lineIs("seat", ada)
	w.audit(ids...)
}

func forgetHisOwnReplies(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	his, others := w.kept("k", "f", w.named("bob")), w.kept("k", "f", w.named("bob"))
	his.Subject = string(ada)
	w.keep(tenant, his)
	w.keep(tenant, others)
	if found, want := w.forgets(tenant), (ports.Forgotten{Replies: 1}); found != want {
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	if left := w.replies(tenant, his.IdempotencyKey, others.IdempotencyKey); left[0].Fingerprint != "" || left[1].Fingerprint == "" {
		t.Errorf("his reply is %+v, another's is %+v; want none and one", left[0], left[1])
	}
	w.keep(tenant, his) // the key is free
}

func forgetInManyReplies(t testing.TB, open OpenErasure) {
	const many = 250 // more than are looked at together
	w := newErasure(t, open)
	keys := make([]ports.IdempotencyKey, many)
	w.must(w.store.Update(w.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (c ports.Changes, _ error) {
		for i := range many {
			kept := w.kept(fmt.Sprint("k", i), "f", w.named("bob"), w.named(ada))
			kept.Subject = fmt.Sprint(subject, i%3)
			keys[i] = kept.IdempotencyKey
			c.Replies = append(c.Replies, kept)
		}
		return c, nil
	}))
	chunk := make([]ports.Outcome, ports.MaxActions)
	for i := range chunk {
		chunk[i] = w.named(domain.LearnerID(fmt.Sprint("learner-", i)))
	}
	chunk[len(chunk)-1] = w.named(ada)
	w.keep(tenant, w.kept("chunk", "f", chunk...))
	keys = append(keys, ports.IdempotencyKey{Subject: subject, Name: "chunk"})
	before := w.picture(tenant, nil, keys...)

	if found, want := w.forgets(tenant), (ports.Forgotten{Replies: many + 1}); found != want {
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	if w.picture(tenant, nil, keys...) != strings.ReplaceAll(before, string(ada), string(nymph)) {
		t.Error("the replies are not as they were but for the name")
	}
}

func forgetOneTenants(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	const other = "other"
	title, capacity := "Theirs", 1
	for _, whose := range []domain.TenantID{tenant, other} {
		need := w.needs("c", 0, ada)
		need.Tenant = whose
		w.must(w.change(need, func(r *domain.Roster) {
			_, err := r.Put(domain.Settings{Title: &title, Capacity: &capacity}, w.at)
			w.must(err)
			_, err = r.Enroll(ada, newEnrollment(), w.at)
			w.must(err)
		}))
		w.keep(whose, w.kept("k", "f", w.named(ada)))
		his := w.kept("k", "f", w.named("bob"))
		his.Subject = string(ada)
		w.keep(whose, his)
	}
	picture := func() string {
		return w.picture(other, []domain.CourseID{"c"}, ports.IdempotencyKey{Subject: subject, Name: "k"}, ports.IdempotencyKey{Subject: string(ada), Name: "k"})
	}
	before := picture()
	if found, want := w.forgets(tenant), (ports.Forgotten{Standings: 1, Events: 1, Replies: 2}); found != want {
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	if after := picture(); after != before {
		t.Errorf("another tenant has\n%s\nand had\n%s", after, before)
	}
}

func forgetAgain(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	if found := w.forgets("empty"); found != (ports.Forgotten{}) {
		t.Errorf("of no tenant it forgot %+v", found)
	}
	w.put("c", 1)
	w.enroll("c", ada, "bob")
	w.keep(tenant, w.kept("k", "f", w.named(ada)))
	picture := func() string {
		return w.picture(tenant, []domain.CourseID{"c"}, ports.IdempotencyKey{Subject: subject, Name: "k"})
	}
	w.forgets(tenant)
	before := picture()
	for _, stranger := range []domain.LearnerID{ada, "nobody", "ADA-TO-BE-FORGOTTEN", "%", "ada"} {
		found, err := w.Forget(w.ctx(), tenant, stranger, "forgotten-2")
		w.must(err)
		if found != (ports.Forgotten{}) || picture() != before {
			t.Errorf("forgot %+v of %q, who was not known; there is\n%s\nand was\n%s", found, stranger, picture(), before)
		}
	}
}

func forgetDuringUpdates(t testing.TB, open OpenErasure) {
	const writers, each = 6, 8
	w := newErasure(t, open)
	ids := []domain.CourseID{"a", "b", "c"}
	for _, id := range ids {
		w.put(id, 5)
	}
	forgot := 0
	together(writers+1, func(writer int) {
		for i := range each {
			time.Sleep(time.Millisecond) // so that nobody is done before the others have begun
			if writer == writers {
				found, err := w.Forget(w.ctx(), tenant, ada, domain.LearnerID(fmt.Sprint("forgotten-", i)))
				if err != nil {
					t.Errorf("Forget: %v", err)
				}
				forgot += found.Events
				continue
			}
			need := w.needs(ids[(writer+i)%len(ids)], 2, ada, domain.LearnerID(fmt.Sprint("learner-", writer, "-", i)))
			if err := w.change(need, func(r *domain.Roster) { w.comeAndGo(r, need.Courses[0].Learners) }); err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
	found, err := w.Forget(w.ctx(), tenant, ada, "forgotten-last")
	w.must(err)
	if forgot += found.Events; forgot != writers*each {
		t.Errorf("forgot %d events of the %d that there were", forgot, writers*each)
	}
	if picture := w.picture(tenant, ids); strings.Contains(picture, string(ada)) {
		t.Errorf("he is still in\n%s", picture)
	}
	w.audit(ids...)
}

func forgetBesideASnapshot(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	w.put("c", 1)
	w.enroll("c", "bob", ada)
	w.must(w.store.Snapshot(w.ctx(), tenant, func(then ports.Reader) error {
		before := w.pictureOf(then, tenant, "c")
		w.forgets(tenant)
		if after := w.pictureOf(then, tenant, "c"); after != before {
			t.Errorf("the snapshot was\n%s\nand became\n%s", before, after)
		}
		return nil
	}))
	w.lineIs("c", nymph)
}

func forgetDeadLetters(t testing.TB, open OpenErasure) {
	w := newErasure(t, open)
	store, ok := w.store.(ports.DeadLetterStore)
	if !ok {
		t.Skip("the store has no dead letters")
	}
	d := &deadLetters{w.world, store}
	letter := func(whose domain.TenantID, id string, learner domain.LearnerID) ports.DeadLetter {
		l := d.dead(id)
		l.By.Tenant, l.Learner = whose, learner
		d.bury(whose, l)
		return l
	}
	letter(tenant, "a", ada)
	letter(tenant, "b", ada)
	others := letter(tenant, "c", "bob")
	unknown := letter(tenant, "d", "")
	namesake := letter("other", "a", ada)
	if found, want := w.forgets(tenant), (ports.Forgotten{DeadLetters: 2}); found != want {
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	d.buriedAre(tenant, others, unknown)
	d.buriedAre("other", namesake)
	if found := w.forgets(tenant); found != (ports.Forgotten{}) {
		t.Errorf("forgot %+v of one who was forgotten", found)
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
		t.Errorf("forgot %+v, want %+v", found, want)
	}
	o.lineIs("c", nymph)
	o.journalIs("c", 6, 1, 5, 6)
}
