package keys_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/exercise/keys"
	"example.com/roster/ports"
)

// said describes a reply.
func said(r ports.Reply) string {
	switch {
	case r.Err != nil:
		return fmt.Sprintf("the error %q", r.Err)
	case len(r.Outcomes) != 1:
		return fmt.Sprintf("%d outcomes", len(r.Outcomes))
	case r.Outcomes[0].Refused != "":
		return fmt.Sprintf("the refusal %s", r.Outcomes[0].Refused)
	}
	o := r.Outcomes[0]
	return fmt.Sprintf("%s %s by change %d", o.Standing.Learner, o.Standing.Status, o.Standing.Sequence)
}

// again fails the test unless reply is the first one, given again.
func again(t *testing.T, reply, first ports.Reply, when string) {
	t.Helper()
	if reply.Err != nil || !reflect.DeepEqual(reply.Outcomes, first.Outcomes) {
		t.Errorf("%s: the first reply was %s, and the retry got %s", when, said(first), said(reply))
	} else if !reply.Replayed {
		t.Errorf("%s: the reply is the first one, and does not say that it is Replayed", when)
	}
}

func TestCheckReplay(t *testing.T) {
	o := newOffice(t)
	first := o.enroll(staff, "k-1", "ada")
	if first.Replayed {
		t.Error("The first reply says that it is replayed.")
	}
	then := o.time
	o.time = o.time.Add(time.Hour)
	o.withdraw("ada")
	before := o.course()
	retry := o.enroll(staff, "k-1", "ada")
	again(t, retry, first, "ada has a seat, withdraws, and then the late retry arrives")
	if !retry.ReplayedAt.Equal(then) {
		t.Errorf("ReplayedAt is %v: want %v, when the first command ran", retry.ReplayedAt, then)
	}
	if o.course() != before {
		t.Error("A retry has changed the course.")
	}
	again(t, o.enroll(staff, "k-1", "ada"), first, "a third attempt")
}

func TestCheckRefusal(t *testing.T) {
	o := newOffice(t)
	o.open(false)
	first := o.enroll(staff, "k-1", "ada")
	o.open(true)
	again(t, o.enroll(staff, "k-1", "ada"), first, "the refusal was the reply of a closed course; now it is open")
	if o.course().SeatsTaken != 0 {
		t.Error("The refusal was not the reply of the key: the retry took a seat.")
	}
}

func TestCheckOtherCommand(t *testing.T) {
	o := newOffice(t)
	first := o.enroll(staff, "k-1", "ada")
	before := o.course()
	if got := o.enroll(staff, "k-1", "bob"); !errors.Is(got.Err, ports.ErrKeyReused) || got.Outcomes != nil {
		t.Errorf("Another command under the key, for another learner: want the error %q and no outcomes, got %s. A reply to a question that was not asked is a lie.",
			ports.ErrKeyReused, said(got))
	}
	if got := o.Enroll(t.Context(), staff, "k-1", "other", "ada"); !errors.Is(got.Err, ports.ErrKeyReused) {
		t.Errorf("Another command under the key, on another course: want the error %q, got %s", ports.ErrKeyReused, said(got))
	}
	if o.course() != before {
		t.Error("The command that was refused because of its key has changed the course.")
	}
	again(t, o.enroll(staff, "k-1", "ada"), first, "after another command was refused under the key")
}

func TestCheckWhoseKey(t *testing.T) {
	o := newOffice(t)
	o.enroll(staff, "k-1", "ada")
	if got := o.enroll(colleague, "k-1", "bob"); got.Err != nil || got.Replayed || got.Outcomes[0].Standing.Learner != "bob" {
		t.Errorf("A colleague chose the same key for a command of their own: it must run, got %s. Two people know nothing of each other's keys.", said(got))
	}
	if got := o.enroll(elsewhere, "k-1", "ada"); got.Err != nil || got.Replayed {
		t.Errorf("An actor of another tenant chose the same key: the command must run, got %s", said(got))
	}
	if got, err := o.enroll(colleague, "k-2", "ada").One(); !errors.Is(err, domain.ErrAlreadyEnrolled) || got.Standing.Status != domain.Enrolled {
		t.Errorf("another key is another command: want %v, got %v", domain.ErrAlreadyEnrolled, err)
	}
}

func TestCheckWithoutKey(t *testing.T) {
	o := newOffice(t)
	o.enroll(staff, "", "ada")
	if got := o.enroll(staff, "", "bob"); got.Err != nil || got.Replayed {
		t.Errorf("Without a key nothing is replayed: got %s", said(got))
	}
}

func TestCheckOtherProcess(t *testing.T) {
	o := newOffice(t)
	first := o.enroll(staff, "k-1", "ada")
	other := &keys.Desk{Store: o.Store, Now: o.Now}
	again(t, other.Enroll(t.Context(), staff, "k-1", "go-101", "ada"), first,
		"the retry arrives at another desk, as after a restart (what is only in memory is not there)")
	if got := newOffice(t).enroll(staff, "k-1", "ada"); got.Replayed {
		t.Error("A reply was given again, and the store has no such reply: it is remembered somewhere in the process.")
	}
}

// The disk fails at any commit, once. The caller then retries, as it should after an error.
func TestCheckOneTransaction(t *testing.T) {
	for nth := 1; nth <= 3; nth++ {
		o := newOffice(t)
		begin := o.commits
		o.fails = func() bool { return o.commits == begin+nth }
		first := o.enroll(staff, "k-1", "ada")
		if first.Err == nil && o.commits > begin+1 {
			t.Errorf("One command has taken %d commits. If the process ends between two of them, the seat is taken, and the key knows nothing of it.", o.commits-begin)
		}
		if first.Err != nil && (first.Outcomes != nil || !errors.Is(first.Err, ports.ErrUnavailable)) {
			t.Errorf("The commit failed: want no outcomes, and the store's error, got %s", said(first))
		}
		o.fails = nil
		got, err := o.enroll(staff, "k-1", "ada").One()
		if err != nil || got.Standing.Status != domain.Enrolled {
			t.Errorf("The disk fails at commit %d, and the same key is sent again: want the seat, got %q, %v. The record and what it is about must be one transaction.",
				nth, got.Standing.Status, err)
			break
		}
		if n := o.course().SeatsTaken; n != 1 {
			t.Errorf("after the retry %d seats are taken, want 1", n)
		}
	}
}

// A retryingStore drops the first decision of each Update, as a store does after a conflict. Meanwhile the first request is done.
type retryingStore struct {
	ports.Store
	meanwhile func()
}

func (s retryingStore) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	dropped := errors.New("the decision is dropped")
	err := s.Store.Update(ctx, need, func(loaded ports.Loaded) (ports.Changes, error) {
		_, err := decide(loaded)
		return ports.Changes{}, errors.Join(dropped, err)
	})
	if !errors.Is(err, dropped) {
		return err
	}
	s.meanwhile()
	return s.Store.Update(ctx, need, decide)
}

func TestCheckAtOnce(t *testing.T) {
	o := newOffice(t)
	var first ports.Reply
	impatient := &keys.Desk{Now: o.Now, Store: retryingStore{o.Store, func() {
		if first.Outcomes == nil {
			first = o.enroll(staff, "k-1", "ada")
		}
	}}}
	again(t, impatient.Enroll(t.Context(), staff, "k-1", "go-101", "ada"), first, "the request and its retry run at once")
}
