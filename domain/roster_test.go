package domain_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/domain"
	"pgregory.net/rapid"
)

// After any script: an open course with a free seat has an empty waitlist, no learner overtakes another, and the journal is complete.
func TestAnyScript(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
		var waitlist []domain.LearnerID // as it should be
		for _, command := range rapid.SliceOfN(commands(), 1, 80).Draw(t, "script") {
			before := r.Course
			decided, err := run(r, command)
			if err != nil && (len(decided.Events) > 0 || r.Course != before) {
				t.Fatalf("%s was refused with %v, but changed the course", command, err)
			}
			if r.Course.NeedsPromotion() {
				t.Fatalf("after %s a seat is free while a learner waits: %+v", command, r.Course)
			}
			for _, e := range decided.Events {
				switch {
				case e.Type == domain.LearnerWaitlisted:
					waitlist = append(waitlist, e.Learner)
				case e.Type == domain.LearnerPromoted && waitlist[0] != e.Learner:
					t.Fatalf("after %s %s was promoted, but %s was first on the waitlist", command, e.Learner, waitlist[0])
				case e.Type == domain.LearnerPromoted, e.Type == domain.LearnerWithdrawn && e.From == domain.Waitlisted:
					waitlist = slices.DeleteFunc(waitlist, func(l domain.LearnerID) bool { return l == e.Learner })
				case e.Type == domain.LearnerRenamed && slices.Contains(waitlist, e.Previous):
					waitlist[slices.Index(waitlist, e.Previous)] = e.Learner
				}
			}
		}
		if len(waitlist) != r.Course.WaitlistLength {
			t.Fatalf("%d wait, the course counts %d", len(waitlist), r.Course.WaitlistLength)
		}

		replayed := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
		for _, e := range r.Events() {
			if err := replayed.Replay(e); err != nil {
				t.Fatal(err)
			}
			if replayed.Standing(e.Learner).Sequence > e.Sequence {
				t.Fatalf("standing %+v is newer than its event", replayed.Standing(e.Learner))
			}
		}
		if replayed.Course != r.Course || replayed.Known() != r.Known() {
			t.Fatalf("the journal says %+v, the course is %+v", replayed.Course, r.Course)
		}
		for _, l := range learners {
			if replayed.Standing(domain.LearnerID(l)) != r.Standing(domain.LearnerID(l)) {
				t.Fatalf("the journal says %+v, the standing is %+v", replayed.Standing(domain.LearnerID(l)), r.Standing(domain.LearnerID(l)))
			}
		}

		purge := domain.Purge{}
		var kept []domain.Event
		for _, e := range slices.Backward(r.Events()) {
			if purge.Keeps(e) {
				kept = append(kept, e)
			}
		}
		restored := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
		for _, e := range slices.Backward(kept) {
			restored.Restore(e)
		}
		if restored.Course != r.Course || restored.Known() != r.Known() {
			t.Fatalf("the purged journal says %+v, the course is %+v", restored.Course, r.Course)
		}
		for _, l := range learners {
			if restored.Standing(domain.LearnerID(l)) != r.Standing(domain.LearnerID(l)) {
				t.Fatalf("the purged journal says %+v, the standing is %+v", restored.Standing(domain.LearnerID(l)), r.Standing(domain.LearnerID(l)))
			}
		}
	})
}

var learners = []string{"ada", "bob", "cyd", "dan", "eve", "fay"}

func commands() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]func() string{
			func() string { return "enroll " + rapid.SampledFrom(learners).Draw(t, "learner") },
			func() string { return "withdraw " + rapid.SampledFrom(learners).Draw(t, "learner") },
			func() string {
				return fmt.Sprint("rename ", rapid.SampledFrom(learners).Draw(t, "learner"), " ", rapid.SampledFrom(learners).Draw(t, "to"))
			},
			func() string { return fmt.Sprint("put capacity=", rapid.IntRange(0, 4).Draw(t, "capacity")) },
			func() string { return fmt.Sprint("put open=", rapid.Bool().Draw(t, "open")) },
			func() string { return fmt.Sprint("put waitlist=", rapid.Bool().Draw(t, "waitlist")) },
		}).Draw(t, "command")()
	})
}

// A new learner is added to the loaded waitlist only if that is the whole waitlist. Otherwise they would overtake the rest.
func TestLoadedHeadIsNotTheWaitlist(t *testing.T) {
	t.Parallel()
	waiting := func(l domain.LearnerID, sequence int64) domain.Standing {
		return domain.Standing{Course: "c", Learner: l, Status: domain.Waitlisted, Sequence: sequence}
	}
	course := domain.Course{ID: "c", Terms: domain.Terms{Capacity: 1, Open: true, WaitlistEnabled: true}, SeatsTaken: 1, WaitlistLength: 2, Sequence: 4}
	ada := domain.Standing{Course: "c", Learner: "ada", Status: domain.Enrolled, Sequence: 2}
	r := domain.NewRoster(course, []domain.Standing{ada}, []domain.Standing{waiting("bob", 3)}) // cyd waits too, unloaded

	if d, err := run(r, "enroll dan"); err != nil || d.Position != 3 {
		t.Fatalf("dan: %+v, %v; want position 3", d, err)
	}
	d, err := run(r, "put capacity=9")
	if err != nil || len(d.Events) != 2 || d.Events[1].Learner != "bob" {
		t.Fatalf("nine seats led to %+v, %v; want bob promoted and no one else", d.Events, err)
	}
	if !r.Course.NeedsPromotion() {
		t.Errorf("course is %+v, want cyd and dan to wait for free seats", r.Course)
	}
	if d, err := run(r, "enroll eve"); err != nil || d.Standing.Status != domain.Waitlisted || d.Position != 3 {
		t.Errorf("eve: %+v, %v; want position 3, after cyd and dan, though seats are free", d, err)
	}
}

// When the learner behind the loaded waitlist leaves, the loaded part is the whole waitlist, and a new learner is added to it.
func TestTailLeavesTheWaitlist(t *testing.T) {
	t.Parallel()
	waiting := func(l domain.LearnerID, sequence int64) domain.Standing {
		return domain.Standing{Course: "c", Learner: l, Status: domain.Waitlisted, Sequence: sequence}
	}
	course := domain.Course{ID: "c", Terms: domain.Terms{Open: true, WaitlistEnabled: true}, WaitlistLength: 2, Sequence: 3}
	r := domain.NewRoster(course, []domain.Standing{waiting("cyd", 3)}, []domain.Standing{waiting("bob", 2)})
	for _, command := range []string{"withdraw cyd", "enroll dan"} {
		if _, err := run(r, command); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := run(r, "put capacity=9"); err != nil || len(d.Events) != 3 || d.Events[2].Learner != "dan" {
		t.Errorf("nine seats led to %+v, %v; want bob and then dan promoted", d.Events, err)
	}
}

// When the loaded head leaves the waitlist, a new learner is behind those who were not loaded, and the first if there are none.
func TestHeadLeavesTheWaitlist(t *testing.T) {
	t.Parallel()
	for length, promoted := range map[int]int{1: 1, 2: 0} {
		course := domain.Course{ID: "c", Terms: domain.Terms{Open: true, WaitlistEnabled: true}, WaitlistLength: length, Sequence: 3}
		bob := domain.Standing{Course: "c", Learner: "bob", Status: domain.Waitlisted, Sequence: 2}
		r := domain.NewRoster(course, nil, []domain.Standing{bob})
		for _, command := range []string{"withdraw bob", "enroll dan"} {
			if _, err := run(r, command); err != nil {
				t.Fatal(err)
			}
		}
		if d, err := run(r, "put capacity=9"); err != nil || len(d.Events) != 1+promoted {
			t.Errorf("of %d on the waitlist, the first left: nine seats led to %+v, %v; want %d promoted", length, d.Events, err, promoted)
		}
	}
}

func TestReplayRefuses(t *testing.T) {
	t.Parallel()
	terms := domain.Terms{Title: "T", Capacity: 1, Open: true, WaitlistEnabled: true}
	opened := domain.Event{Type: domain.CourseOpened, Course: "c", Sequence: 1, Terms: terms}
	learner := func(t domain.EventType, sequence int64, l domain.LearnerID) domain.Event {
		return domain.Event{Type: t, Course: "c", Sequence: sequence, Learner: l, Enrollment: domain.EnrollmentID("e-" + l)}
	}
	ada := learner(domain.LearnerEnrolled, 2, "ada")
	bob := learner(domain.LearnerWaitlisted, 3, "bob")
	left := learner(domain.LearnerWithdrawn, 4, "bob")
	left.From = domain.Enrolled
	inPlaceOf := func(l domain.LearnerID, e domain.Event) domain.Event {
		e.Enrollment = domain.EnrollmentID("e-" + l)
		return e
	}
	none, seat := terms, terms
	none.Capacity = 0
	waits := []domain.Event{ // bob and cyd wait, then a seat is added
		{Type: domain.CourseOpened, Course: "c", Sequence: 1, Terms: none},
		learner(domain.LearnerWaitlisted, 2, "bob"), learner(domain.LearnerWaitlisted, 3, "cyd"),
		{Type: domain.CourseChanged, Course: "c", Sequence: 4, Terms: seat},
	}
	for _, c := range []struct {
		why     string
		journal []domain.Event
	}{
		{"belongs to course d", []domain.Event{{Type: domain.CourseOpened, Course: "d", Sequence: 1}}},
		{"must be event 2", []domain.Event{opened, learner(domain.LearnerEnrolled, 3, "ada")}},
		{"must be event 3", []domain.Event{opened, ada, ada}},
		{"is not the type of event that these terms make", []domain.Event{opened, {Type: domain.CourseClosed, Course: "c", Sequence: 2, Terms: terms}}},
		{"could not get a seat", []domain.Event{opened, ada, learner(domain.LearnerEnrolled, 3, "bob")}},
		{"could not join the waitlist", []domain.Event{opened, learner(domain.LearnerWaitlisted, 2, "ada")}},
		{"was not the next to be promoted", []domain.Event{opened, ada, bob, learner(domain.LearnerPromoted, 4, "bob")}},
		{"was not the next to be promoted", append(waits[:4:4], learner(domain.LearnerPromoted, 5, "cyd"))},
		{"was not the next to be promoted", append(waits[:4:4], inPlaceOf("bob", learner(domain.LearnerPromoted, 5, "zoe")))},
		{"could not get a seat", append(waits[:4:4], learner(domain.LearnerEnrolled, 5, "dan"))},
		{"did not have the standing", []domain.Event{opened, ada, bob, left}},
		{"has an unknown type", []domain.Event{opened, learner("learner.vanished", 2, "ada")}},
	} {
		r := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
		last := len(c.journal) - 1
		for _, e := range c.journal[:last] {
			if err := r.Replay(e); err != nil {
				t.Fatal(err)
			}
		}
		before := r.Course
		if err := r.Replay(c.journal[last]); err == nil || !strings.Contains(err.Error(), c.why) || r.Course != before {
			t.Errorf("%+v: %v, want an error with %q", c.journal[last], err, c.why)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for title, valid := range map[string]bool{"": false, "T": true, strings.Repeat("x", 200): true, strings.Repeat("x", 201): false, "a\n": false} {
		if err := (domain.Settings{Title: &title}).Validate(); errors.Is(err, domain.ErrInvalidArgument) == valid {
			t.Errorf("title %q: %v", title, err)
		}
	}
	for capacity, valid := range map[int]bool{-1: false, 0: true, 1_000_000_000: true, 1_000_000_001: false} {
		if err := (domain.Settings{Capacity: &capacity}).Validate(); errors.Is(err, domain.ErrInvalidArgument) == valid {
			t.Errorf("capacity %d: %v", capacity, err)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	for _, id := range []string{"a", "A-1_b", long[:64]} {
		if err := domain.TenantID(id).Validate(); err != nil {
			t.Errorf("tenant %q: %v", id, err)
		}
	}
	for _, id := range []string{"", "a b", "a/b", "é", "a\x00", "a\n", ".", long[:65]} {
		if err := domain.TenantID(id).Validate(); !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("tenant %q: %v, want %v", id, err, domain.ErrInvalidArgument)
		}
	}
	for _, id := range []string{"a", "course-v1:MITx+6.00.1x+2T2024", "CS 115 (A)", "2024FA/MATH-101", "é", "...", long[:255]} {
		if err := errors.Join(domain.CourseID(id).Validate(), domain.LearnerID(id).ValidateNew()); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"", ".", "..", " a", "a\u00a0", "\u3000", "a\x00", "a\n", "\xff", long} {
		if err := domain.CourseID(id).Validate(); !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("course %q: %v, want %v", id, err, domain.ErrInvalidArgument)
		}
	}
	for _, id := range []string{" ada", "ada\u00a0", "\t", " "} {
		if err := domain.LearnerID(id).ValidateNew(); !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("new learner %q: %v, want %v", id, err, domain.ErrInvalidArgument)
		}
	}
	for _, id := range []string{"a", "ada lovelace", "é", "😀", "a/b", long[:255]} {
		if err := domain.LearnerID(id).Validate(); err != nil {
			t.Errorf("learner %q: %v", id, err)
		}
	}
	for _, id := range []string{"", "a\x00", "a\nb", "a\u0085b", "\x7f", "\xff", long} {
		if err := domain.LearnerID(id).Validate(); !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("learner %q: %v, want %v", id, err, domain.ErrInvalidArgument)
		}
	}
}

func FuzzIDs(f *testing.F) {
	for _, seed := range []string{"", "ada", "a\x00", "\xff", "\u2028", strings.Repeat("😀", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if domain.CourseID(id).Validate() == nil && domain.LearnerID(id).Validate() != nil {
			t.Errorf("%q is valid as a course but not as a learner", id)
		}
		if err := domain.LearnerID(id).Validate(); err == nil && strings.ContainsAny(id, "\x00\n\r\t\x1b\x7f") {
			t.Errorf("%q has a control character", id)
		}
	})
}
