package portstest

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var keyCases = []Case[Open]{
	{"key replay", "a kept reply is loaded as it was", keyReplay},
	{"keys apart", "replies are kept by tenant, subject and name", keysApart},
	{"key reused at once", "nobody else keeps a reply under a key of need: one of many commands runs, whatever their courses", keyReusedAtOnce},
	{"a chunk's reply", "a reply may have as many outcomes as a command has actions", chunksReply},
}

// replies loads what is kept under keys.
func (w *world) replies(tenant domain.TenantID, keys ...ports.IdempotencyKey) (found []ports.IdempotencyRecord) {
	w.Helper()
	w.must(w.store.Update(w.ctx(), ports.Need{Tenant: tenant, Keys: keys}, func(loaded ports.Loaded) (ports.Changes, error) {
		found = loaded.Replies
		return ports.Changes{}, nil
	}))
	return found
}

func (w *world) keep(tenant domain.TenantID, kept ports.IdempotencyRecord) {
	w.Helper()
	need := ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{kept.IdempotencyKey}}
	w.must(w.store.Update(w.ctx(), need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{kept}}, nil
	}))
}

// outcomes has every field in use somewhere.
func (w *world) outcomes() []ports.Outcome {
	ada := domain.Standing{Course: "c", Learner: `ada "é" 😀`, Enrollment: newEnrollment(), Status: domain.Waitlisted, Sequence: 1 << 40, Since: w.at}
	bob := domain.Standing{Course: "c", Learner: "bob", Enrollment: newEnrollment(), Status: domain.Enrolled, Sequence: 7, Since: w.at.AddDate(1, 0, 0)}
	course := domain.Course{ID: "c", Terms: domain.Terms{Title: "T", Capacity: 5, Open: true, WaitlistEnabled: true}, SeatsTaken: 6,
		WaitlistLength: 7, Sequence: 8, Revision: 3}
	return []ports.Outcome{
		{Standing: ada, Position: 12},
		{Standing: bob, Promoted: []domain.Standing{ada, bob}},
		{Refused: domain.ErrAlreadyEnrolled, Standing: bob},
		{Refused: domain.ErrCourseNotFound},
		{Course: course, Created: true},
		{Course: course, Promoted: []domain.Standing{ada}},
	}
}

func keyReplay(t testing.TB, open Open) {
	w := newWorld(t, open)
	want := w.kept("k", "fingerprint", w.outcomes()...)
	w.keep(tenant, want)
	got := w.replies(tenant, ports.IdempotencyKey{Subject: subject, Name: "none"}, want.IdempotencyKey)
	if got[0].Fingerprint != "" || got[1].Fingerprint != want.Fingerprint || got[1].IdempotencyKey != want.IdempotencyKey || !got[1].At.Equal(want.At) {
		t.Fatalf("loaded %+v, want none and then %+v", got, want)
	}
	requireSameOutcomes(t, got[1].Outcomes, want.Outcomes)
}

func keysApart(t testing.TB, open Open) {
	w := newWorld(t, open)
	w.keep(tenant, w.kept("k", "mine"))
	others := []ports.IdempotencyKey{{Subject: subject, Name: "K"}, {Subject: subject, Name: "k "}, {Subject: "other", Name: "k"}}
	for i, kept := range w.replies(tenant, others...) {
		if kept.Fingerprint != "" {
			t.Errorf("under %+v lies %+v", others[i], kept)
		}
	}
	if kept := w.replies("other", ports.IdempotencyKey{Subject: subject, Name: "k"})[0]; kept.Fingerprint != "" {
		t.Errorf("another tenant sees %+v", kept)
	}
	theirs := w.kept("k", "theirs")
	theirs.Subject = "other"
	w.keep(tenant, theirs)
	w.keep("other", w.kept("k", "elsewhere"))
	if got := w.replies(tenant, theirs.IdempotencyKey, ports.IdempotencyKey{Subject: subject, Name: "k"}); got[0].Fingerprint != "theirs" || got[1].Fingerprint != "mine" {
		t.Errorf("loaded %+v, want theirs and mine", got)
	}
}

func keyReusedAtOnce(t testing.TB, open Open) {
	const clients = 16
	w := newWorld(t, open)
	for i := range clients {
		w.put(courseN(i), 1)
	}
	var ran atomic.Int64
	together(clients, func(i int) {
		need := w.needs(courseN(i), 0, "ada")
		need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
		mine := false
		err := w.store.Update(w.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			mine = loaded.Replies[0].Fingerprint == ""
			if !mine {
				return ports.Changes{}, nil
			}
			_, err := loaded.Rosters[0].Enroll("ada", newEnrollment(), w.at)
			changes := changesOf(loaded.Rosters...)
			changes.Replies = []ports.IdempotencyRecord{w.kept("k", fmt.Sprint("of ", i))}
			return changes, err
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		} else if mine {
			ran.Add(1)
		}
	})
	enrolled := 0
	for i := range clients {
		enrolled += w.course(courseN(i)).SeatsTaken
		w.audit(courseN(i))
	}
	if ran.Load() != 1 || enrolled != 1 {
		t.Errorf("%d of %d commands under one key ran, %d enrolled; want 1", ran.Load(), clients, enrolled)
	}
}

func courseN(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("c%03d", i)) }

func chunksReply(t testing.TB, open Open) {
	w := newWorld(t, open)
	var outcomes []ports.Outcome
	for len(outcomes) < ports.MaxActions {
		outcomes = append(outcomes, w.outcomes()...)
	}
	want := w.kept("k", "f", outcomes[:ports.MaxActions]...)
	w.keep(tenant, want)
	requireSameOutcomes(t, w.replies(tenant, want.IdempotencyKey)[0].Outcomes, want.Outcomes)
}

func requireSameOutcomes(t testing.TB, got, want []ports.Outcome) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d outcomes, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(inUTC(got[i]), inUTC(want[i])) {
			t.Fatalf("outcome %d is\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

// inUTC makes times comparable, and an empty list as good as none.
func inUTC(o ports.Outcome) ports.Outcome {
	o.Standing.Since = o.Standing.Since.UTC()
	var promoted []domain.Standing
	for _, s := range o.Promoted {
		s.Since = s.Since.UTC()
		promoted = append(promoted, s)
	}
	o.Promoted = promoted
	return o
}
