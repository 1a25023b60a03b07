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
	{"key replay", "Loaded answers a Need position by position.", keyReplay},
	{"keys apart", "Keys of different tenants, subjects or names are different.", keysApart},
	{"key reused at once", "From load to save, nothing else may change a course of need, a standing on it, or the reply under a key of need.", keyReusedAtOnce},
	{"a chunk's reply", "one per action, at most MaxActions", chunksReply},
}

// loadReplies loads the replies under these keys.
func (f *fixture) loadReplies(tenant domain.TenantID, keys ...ports.IdempotencyKey) (found []ports.IdempotencyRecord) {
	f.Helper()
	f.must(f.store.Update(f.ctx(), ports.Need{Tenant: tenant, Keys: keys}, func(loaded ports.Loaded) (ports.Changes, error) {
		found = loaded.Replies
		return ports.Changes{}, nil
	}))
	return found
}

func (f *fixture) saveReply(tenant domain.TenantID, record ports.IdempotencyRecord) {
	f.Helper()
	need := ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{record.IdempotencyKey}}
	f.must(f.store.Update(f.ctx(), need, func(ports.Loaded) (ports.Changes, error) {
		return ports.Changes{Replies: []ports.IdempotencyRecord{record}}, nil
	}))
}

// outcomes returns outcomes that together use every field.
func (f *fixture) outcomes() []ports.Outcome {
	ada := domain.Standing{Course: "c", Learner: `ada "é" 😀`, Enrollment: newEnrollment(), Status: domain.Waitlisted, Sequence: 1 << 40, Since: f.at}
	bob := domain.Standing{Course: "c", Learner: "bob", Enrollment: newEnrollment(), Status: domain.Enrolled, Sequence: 7, Since: f.at.AddDate(1, 0, 0)}
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
	f := newFixture(t, open)
	want := f.record("k", "fingerprint", f.outcomes()...)
	f.saveReply(tenant, want)
	got := f.loadReplies(tenant, ports.IdempotencyKey{Subject: subject, Name: "none"}, want.IdempotencyKey)
	if got[0].Fingerprint != "" || got[1].Fingerprint != want.Fingerprint || got[1].IdempotencyKey != want.IdempotencyKey || !got[1].At.Equal(want.At) {
		t.Fatalf("loaded %+v, want none and then %+v", got, want)
	}
	requireSameOutcomes(t, got[1].Outcomes, want.Outcomes)
}

func keysApart(t testing.TB, open Open) {
	f := newFixture(t, open)
	f.saveReply(tenant, f.record("k", "mine"))
	others := []ports.IdempotencyKey{{Subject: subject, Name: "K"}, {Subject: subject, Name: "k "}, {Subject: "other", Name: "k"}}
	for i, record := range f.loadReplies(tenant, others...) {
		if record.Fingerprint != "" {
			t.Errorf("under %+v is %+v", others[i], record)
		}
	}
	if record := f.loadReplies("other", ports.IdempotencyKey{Subject: subject, Name: "k"})[0]; record.Fingerprint != "" {
		t.Errorf("another tenant sees %+v", record)
	}
	theirs := f.record("k", "theirs")
	theirs.Subject = "other"
	f.saveReply(tenant, theirs)
	f.saveReply("other", f.record("k", "elsewhere"))
	if got := f.loadReplies(tenant, theirs.IdempotencyKey, ports.IdempotencyKey{Subject: subject, Name: "k"}); got[0].Fingerprint != "theirs" || got[1].Fingerprint != "mine" {
		t.Errorf("loaded %+v, want theirs and mine", got)
	}
}

func keyReusedAtOnce(t testing.TB, open Open) {
	const clients = 16
	f := newFixture(t, open)
	for i := range clients {
		f.put(courseN(i), 1)
	}
	var ran atomic.Int64
	together(clients, func(i int) {
		need := f.needs(courseN(i), 0, "ada")
		need.Keys = []ports.IdempotencyKey{{Subject: subject, Name: "k"}}
		mine := false
		err := f.store.Update(f.ctx(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			mine = loaded.Replies[0].Fingerprint == ""
			if !mine {
				return ports.Changes{}, nil
			}
			_, err := loaded.Rosters[0].Enroll("ada", newEnrollment(), false, f.at)
			changes := changesOf(loaded.Rosters...)
			changes.Replies = []ports.IdempotencyRecord{f.record("k", fmt.Sprint("of ", i))}
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
		enrolled += f.course(courseN(i)).SeatsTaken
		f.audit(courseN(i))
	}
	if ran.Load() != 1 || enrolled != 1 {
		t.Errorf("%d of %d commands under one key ran, %d enrolled; want 1", ran.Load(), clients, enrolled)
	}
}

func courseN(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("c%03d", i)) }

func chunksReply(t testing.TB, open Open) {
	f := newFixture(t, open)
	var outcomes []ports.Outcome
	for len(outcomes) < ports.MaxActions {
		outcomes = append(outcomes, f.outcomes()...)
	}
	want := f.record("k", "f", outcomes[:ports.MaxActions]...)
	f.saveReply(tenant, want)
	requireSameOutcomes(t, f.loadReplies(tenant, want.IdempotencyKey)[0].Outcomes, want.Outcomes)
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

// inUTC makes times comparable, and an empty list equal to none.
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
