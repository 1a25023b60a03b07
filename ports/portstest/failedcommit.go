package portstest

import (
	"errors"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An OpenFailing returns a new, empty store and closes it with t. A commit of the store must fail, without effect, if commit
// returns an error.
type OpenFailing func(t testing.TB, commit func() error) ports.Store

// TestFailedCommit tests what [ports.Store], and the optional ports that the store implements, promise of commits that fail.
func TestFailedCommit(t *testing.T, open OpenFailing) {
	t.Parallel()
	FailedCommit(t, open)
}

// FailedCommit is the case of [TestFailedCommit].
func FailedCommit(t testing.TB, open OpenFailing) {
	var fails error
	f := fixtureOf(t, open(t, func() error { return fails }))
	f.put("c", 1)
	f.enroll("c", "ada")
	f.saveReply(tenant, f.record("old", "f"))
	var dead *deadLetters
	if store, ok := f.store.(ports.DeadLetterStore); ok {
		dead = &deadLetters{f, store}
		dead.put(tenant, dead.deadLetter("old"))
	}
	var kept *maintenance
	if store, ok := f.store.(MaintenanceStore); ok {
		kept = &maintenance{&outbox{f, store}, store}
		kept.appendEvents(tenant, "c", 1) // supersedes the course's first entry
		kept.publish(100)
	}
	before := f.course("c")

	fails = errors.New("the disk is gone")
	err := f.change(f.needs("c", 1, "ada"), func(r *domain.Roster) {
		_, err := r.Withdraw("ada", "", f.at)
		f.must(err)
	})
	if kind := ports.KindOf(err); err == nil || kind != ports.ErrUnavailable && kind != ports.ErrInternal {
		t.Errorf("a failed commit returned %v", err)
	}
	need := f.needs("c", 0)
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	err = f.store.Update(f.ctx(), need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{f.record("k", "f")}}, nil
	})
	if err == nil {
		t.Error("a failed commit of a reply returned no error")
	}
	if store, ok := f.store.(ports.ErasureStore); ok {
		if _, err := store.Forget(f.ctx(), tenant, "ada", "forgotten-1"); err == nil {
			t.Error("a failed commit of a forgotten learner returned no error")
		}
	}
	if store, ok := f.store.(ports.MaintenanceStore); ok {
		if n, err := store.Expire(f.ctx(), f.at.Add(time.Hour)); err == nil || n != 0 {
			t.Errorf("a failed commit of an expiry returned %d, %v", n, err)
		}
	}
	if kept != nil {
		if n, err := kept.Purge(f.ctx(), f.at.Add(time.Hour)); err == nil || n != 0 {
			t.Errorf("a failed commit of a purge returned %d, %v", n, err)
		}
		if _, err := kept.Republish(f.ctx(), tenant, f.at); err == nil {
			t.Error("a failed commit of a republication returned no error")
		}
	}
	if dead != nil {
		if err := dead.PutDeadLetters(f.ctx(), tenant, []ports.DeadLetter{dead.deadLetter("new")}); err == nil {
			t.Error("a failed commit of a dead letter returned no error")
		}
		if err := dead.DeleteDeadLetters(f.ctx(), tenant, []string{"old"}); err == nil {
			t.Error("a failed commit of a dead letter returned no error")
		}
	}

	fails = nil
	if _, err := f.store.Standing(f.ctx(), tenant, "c", "ada"); err != nil {
		t.Errorf("after a failed commit ada is forgotten: %v", err)
	}
	if old := f.loadReplies(tenant, ports.IdempotencyKey{Subject: subject, Name: "old"})[0]; old.Fingerprint == "" {
		t.Error("a reply expired by a failed commit")
	}
	if kept != nil {
		kept.journalIs("c", 0, 1, 2, 3)
		kept.messagesAre(kept.unpublished(10))
	}
	if dead != nil {
		dead.deadLettersAre(tenant, dead.deadLetter("old"))
	}
	f.requireUnchanged(before)
	f.enroll("c", "bob")
	f.audit("c")
}
