package portstest

import (
	"errors"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An OpenFailing returns a fresh, empty store whose commits fail with what commit returns, unless that is nil, and closes
// it with t. A commit that fails has not taken place.
type OpenFailing func(t testing.TB, commit func() error) ports.Store

// TestFailedCommit holds the stores that open returns to what [ports.Store] promises of commits that fail, and to the same of
// the optional ports that they implement.
func TestFailedCommit(t *testing.T, open OpenFailing) {
	t.Parallel()
	FailedCommit(t, open)
}

// FailedCommit is the case of [TestFailedCommit].
func FailedCommit(t testing.TB, open OpenFailing) {
	var fails error
	w := worldOf(t, open(t, func() error { return fails }))
	w.put("c", 1)
	w.enroll("c", "ada")
	w.keep(tenant, w.kept("old", "f"))
	var dead *deadLetters
	if store, ok := w.store.(ports.DeadLetterStore); ok {
		dead = &deadLetters{w, store}
		dead.bury(tenant, dead.dead("old"))
	}
	before := w.course("c")

	fails = errors.New("the disk is gone")
	err := w.change(w.needs("c", 1, "ada"), func(r *domain.Roster) {
		_, err := r.Withdraw("ada", w.at)
		w.must(err)
	})
	if kind := ports.KindOf(err); err == nil || kind != ports.ErrUnavailable && kind != ports.ErrInternal {
		t.Errorf("a failed commit came back as %v", err)
	}
	need := w.needs("c", 0)
	need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
	err = w.store.Update(w.ctx(), need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{w.kept("k", "f")}}, nil
	})
	if err == nil {
		t.Error("a failed commit of a reply came back as done")
	}
	if store, ok := w.store.(ports.ErasureStore); ok {
		if _, err := store.Forget(w.ctx(), tenant, "ada", "forgotten-1"); err == nil {
			t.Error("a failed commit of a forgotten learner came back as done")
		}
	}
	if store, ok := w.store.(ports.MaintenanceStore); ok {
		if n, err := store.Expire(w.ctx(), w.at.Add(time.Hour)); err == nil || n != 0 {
			t.Errorf("a failed commit of an expiry came back as %d, %v", n, err)
		}
	}
	if dead != nil {
		if err := dead.PutDeadLetters(w.ctx(), tenant, []ports.DeadLetter{dead.dead("new")}); err == nil {
			t.Error("a failed commit of a dead letter came back as put")
		}
		if err := dead.DeleteDeadLetters(w.ctx(), tenant, []string{"old"}); err == nil {
			t.Error("a failed commit of a dead letter came back as deleted")
		}
	}

	fails = nil
	if _, err := w.store.Standing(w.ctx(), tenant, "c", "ada"); err != nil {
		t.Errorf("after a failed commit ada is forgotten: %v", err)
	}
	if old := w.replies(tenant, ports.IdempotencyKey{Subject: subject, Name: "old"})[0]; old.Fingerprint == "" {
		t.Error("a reply expired by a failed commit")
	}
	if dead != nil {
		dead.buriedAre(tenant, dead.dead("old"))
	}
	w.nothingChanged(before)
	w.enroll("c", "bob")
	w.audit("c")
}
