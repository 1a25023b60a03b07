package domain_test

import (
	"testing"

	"example.com/roster/domain"
)

func TestPaused(t *testing.T) {
	t.Parallel()
	terms := domain.Terms{Title: "T", Capacity: 2, Open: true} // the waitlist is off
	course := func(seats, waiting int, change func(*domain.Terms)) domain.Course {
		c := domain.Course{ID: "c", Terms: terms, SeatsTaken: seats, WaitlistLength: waiting, Sequence: 9}
		change(&c.Terms)
		return c
	}
	same := func(*domain.Terms) {}
	closed := func(t *domain.Terms) { t.Open = false }
	waitlist := func(t *domain.Terms) { t.WaitlistEnabled = true }
	for _, is := range []struct {
		because string
		course  domain.Course
		learner domain.LearnerID
		only    bool // a seat only
		want    string
		holds   domain.Status
	}{
		{"the waitlist is off and one waits", course(2, 1, same), "new", false, "enrollment_paused", ""},
		{"who wants only a seat is paused, too", course(2, 1, same), "new", true, "enrollment_paused", ""},
		{"a seat is free, and it is for those who wait", course(1, 1, same), "new", false, "enrollment_paused", ""},
		{"no one waits, so the course is full and nothing else", course(2, 0, same), "new", false, "course_full", ""},
		{"no one waits, and a seat is free", course(1, 0, same), "new", false, "", domain.Enrolled},
		{"a course that is closed says so first", course(2, 1, closed), "new", false, "course_closed", ""},
		{"the waitlist is on, so the learner may join it", course(2, 1, waitlist), "new", false, "", domain.Waitlisted},
		{"the waitlist is on, and no seat is free", course(2, 1, waitlist), "new", true, "course_full", ""},
		{"a learner who waits is told that", course(2, 1, same), "wes", false, "already_waitlisted", domain.Waitlisted},
		{"a learner with a seat is told that", course(2, 1, same), "ada", false, "already_enrolled", domain.Enrolled},
	} {
		ada := domain.Standing{Course: "c", Learner: "ada", Status: domain.Enrolled, Sequence: 2}
		wes := domain.Standing{Course: "c", Learner: "wes", Status: domain.Waitlisted, Sequence: 3}
		r := domain.NewRoster(is.course, []domain.Standing{ada, wes}, nil)
		enroll := "enroll " + string(is.learner)
		if is.only {
			enroll += " seatOnly"
		}
		decided, err := run(r, enroll)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != is.want || decided.Standing.Status != is.holds {
			t.Errorf("%s: %q on %+v: got %q and %q, want %q and %q", is.because, enroll, is.course, got, decided.Standing.Status, is.want, is.holds)
		}
		if (got != "") != (len(decided.Events) == 0) {
			t.Errorf("%s: a refusal makes no event, and all else does: got %v", is.because, decided.Events)
		}
	}
}
