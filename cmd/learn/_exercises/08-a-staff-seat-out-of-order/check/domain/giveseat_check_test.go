package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
)

const reason = "last term before graduation"

// after runs a script: the commands of docs/rules.md, and "give LEARNER".
func after(t *testing.T, script string) *domain.Roster {
	t.Helper()
	r := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
	for command := range strings.SplitSeq(script, "; ") {
		if _, err := do(r, command); err != nil {
			t.Fatalf("%s: %s: %v", script, command, err)
		}
	}
	return r
}

func do(r *domain.Roster, command string) (domain.Decision, error) {
	if learner, ok := strings.CutPrefix(command, "give "); ok {
		return r.GiveSeat(domain.LearnerID(learner), "new", reason, time.Time{}.Add(time.Hour))
	}
	return run(r, command)
}

// In these scripts ada has enrollment e2, bob e3, cyd e4.
const (
	twoWait = "put capacity=1; enroll ada; enroll bob; enroll cyd; put open=false; withdraw ada"
	full    = "put capacity=1; enroll ada; enroll bob; enroll cyd"
)

func TestGiveSeatInEachState(t *testing.T) {
	t.Parallel()
	for _, is := range []struct{ because, script, learner, refused, enrollment, from string }{
		{"a learner who waits keeps the enrollment", twoWait, "cyd", "", "e4", "waitlisted"},
		{"the first who waits may get it, too", twoWait, "bob", "", "e3", "waitlisted"},
		{"a newcomer gets a new enrollment", twoWait, "dan", "", "new", ""},
		{"a learner who left gets a new enrollment", twoWait, "ada", "", "new", "withdrawn"},
		{"an open course on which no one waits", "put capacity=2; enroll ada", "bob", "", "new", ""},
		{"capacity is never exceeded", full, "cyd", "course_full", "", ""},
		{"capacity is never exceeded, for no one", full, "dan", "course_full", "", ""},
		{"capacity is never exceeded: there are fewer seats than learners who have one", "put capacity=2; enroll ada; enroll bob; put capacity=1", "cyd", "course_full", "", ""},
		{"one seat per learner", "put capacity=2; enroll ada", "ada", "already_enrolled", "", ""},
		{"one seat per learner is refused before the full course", full, "ada", "already_enrolled", "", ""},
	} {
		r := after(t, is.script)
		before, held := r.Course, r.Standing(domain.LearnerID(is.learner))
		decided, err := do(r, "give "+is.learner)
		if got := r.Standing(domain.LearnerID(is.learner)); is.refused != "" {
			if err != domain.Kind(is.refused) || len(decided.Events) > 0 || r.Course != before || got != held || decided.Standing != held {
				t.Errorf("%s (%s; give %s): want %s and no change, got %v, events %v, course %+v", is.because, is.script, is.learner, is.refused, err, decided.Events, r.Course)
			}
			continue
		}
		want := domain.Event{Type: domain.LearnerSeated, Course: "c", Sequence: before.Sequence + 1, At: time.Time{}.Add(time.Hour), Learner: domain.LearnerID(is.learner),
			Enrollment: domain.EnrollmentID(is.enrollment), From: domain.Status(is.from), Reason: reason}
		if err != nil || len(decided.Events) != 1 || decided.Events[0] != want {
			t.Errorf("%s (%s; give %s): got %+v, %v\n want the event %+v", is.because, is.script, is.learner, decided.Events, err, want)
			continue
		}
		waits := before.WaitlistLength
		if is.from == "waitlisted" {
			waits--
		}
		if got := r.Standing(want.Learner); got != want.Standing() || got.Status != domain.Enrolled || decided.Standing != got {
			t.Errorf("%s: the standing is %+v after %+v; see EventType.status", is.because, got, want)
		}
		if r.Course.SeatsTaken != before.SeatsTaken+1 || r.Course.WaitlistLength != waits {
			t.Errorf("%s: %d seats are taken and %d wait, want %d and %d", is.because, r.Course.SeatsTaken, r.Course.WaitlistLength, before.SeatsTaken+1, waits)
		}
	}
	none := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
	if _, err := do(none, "give ada"); err != domain.ErrCourseNotFound {
		t.Errorf("no course: got %v, want %v", err, domain.ErrCourseNotFound)
	}
}

// Those who wait are served afterwards as if nothing had happened.
func TestWaitlistAfterGiveSeat(t *testing.T) {
	t.Parallel()
	r := after(t, twoWait+"; give cyd; put open=true capacity=3; enroll dan")
	for learner, want := range map[domain.LearnerID]domain.Status{"bob": domain.Enrolled, "cyd": domain.Enrolled, "dan": domain.Enrolled} {
		if got := r.Standing(learner).Status; got != want {
			t.Errorf("%s is %s, want %s", learner, got, want)
		}
	}
	if r.Course.SeatsTaken != 3 || r.Course.WaitlistLength != 0 {
		t.Errorf("the course is %+v, want 3 seats taken and no one waiting", r.Course)
	}
}

var journals = []string{
	twoWait + "; give cyd", twoWait + "; give bob; put open=true capacity=2", twoWait + "; give dan; withdraw dan", twoWait + "; give ada",
	twoWait + "; give cyd; withdraw cyd; put open=true", "put capacity=2; enroll ada; give bob",
}

func TestReplayOfAGivenSeat(t *testing.T) {
	t.Parallel()
	for _, script := range journals {
		r, replayed := after(t, script), domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
		for _, e := range r.Events() {
			if err := replayed.Replay(e); err != nil {
				t.Errorf("the journal of %q is right, and Replay says: %v. See inconsistency in replay.go", script, err)
				break
			}
		}
		same(t, "replayed", script, r, replayed)
	}
	for what, change := range map[string]func(*domain.Event){
		"has no reason":                       func(e *domain.Event) { e.Reason = "" },
		"names another status before":         func(e *domain.Event) { e.From = domain.None },
		"names another enrollment":            func(e *domain.Event) { e.Enrollment = "e9" },
		"seats a learner who has a seat":      func(e *domain.Event) { e.Learner, e.From, e.Enrollment = "eve", domain.Enrolled, "e5" },
		"seats a learner in a course without": nil,
	} {
		script := "put capacity=2; enroll ada; enroll eve; enroll bob; enroll cyd; put open=false; withdraw ada"
		r := after(t, script)
		e := domain.Event{Type: domain.LearnerSeated, Course: "c", Sequence: r.Course.Sequence + 1, Learner: "cyd", Enrollment: "e5", From: domain.Waitlisted, Reason: reason}
		if e.Enrollment = r.Standing("cyd").Enrollment; change == nil {
			r = after(t, "put capacity=2; enroll ada; enroll eve; enroll bob; enroll cyd; put open=false; put title=New")
			e.Enrollment = r.Standing("cyd").Enrollment
		} else {
			change(&e)
		}
		if err := r.Replay(e); err == nil {
			t.Errorf("Replay accepts an event that %s, and no decision makes it: %+v", what, e)
		}
	}
}

// A purge keeps the last event of each learner. The others are gone.
func TestRestoreOfAGivenSeat(t *testing.T) {
	t.Parallel()
	for _, script := range journals {
		r, purge := after(t, script), domain.Purge{}
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
		same(t, "restored from a purged journal (see Restore in replay.go)", script, r, restored)
	}
}

func same(t *testing.T, what, script string, want, got *domain.Roster) {
	t.Helper()
	if got.Course != want.Course {
		t.Errorf("%q, %s:\n got  %+v\n want %+v", script, what, got.Course, want.Course)
	}
	for _, learner := range []domain.LearnerID{"ada", "bob", "cyd", "dan"} {
		if got.Standing(learner) != want.Standing(learner) {
			t.Errorf("%q, %s: %s has %+v, want %+v", script, what, learner, got.Standing(learner), want.Standing(learner))
		}
	}
}
