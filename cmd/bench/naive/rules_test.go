package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var oneSeat = course{capacity: 1, open: true, waitlist: true}

func TestSeatsThenWaitlist(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, course{capacity: 2, open: true, waitlist: true})
	for i, want := range []struct {
		learner, status string
		code            int
		position        int64
	}{{"ada", "enrolled", 201, 0}, {"bob", "enrolled", 201, 0}, {"cyd", "waitlisted", 202, 1}, {"dan", "waitlisted", 202, 2}} {
		got := s.enroll(t, want.learner, "")
		b := got.body
		if got.status != want.code || b.Status != want.status || b.Position != want.position || b.Sequence != int64(i+1) ||
			b.LearnerID != want.learner || b.CourseID != "go-101" || b.EnrollmentID == "" || b.Since.IsZero() || b.Promoted != nil {
			t.Errorf("enroll %s: %d %s", want.learner, got.status, got.raw)
		}
		if at := got.header.Get("Location"); at != "/v1/courses/go-101/enrollments/"+want.learner {
			t.Errorf("enroll %s: Location is %q", want.learner, at)
		}
		if kind := got.header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("enroll %s: Content-Type is %q", want.learner, kind)
		}
	}
	if got := s.events(t); got != "learner.enrolled ada, learner.enrolled bob, learner.waitlisted cyd, learner.waitlisted dan" {
		t.Error(got)
	}
}

// The rules, as one table: what the last command of a script answers, what the learners hold then in order of sequence, and its events.
// The course has one seat.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, rule := range []struct{ before, command, reply, standings, events string }{
		{"", "enroll ada", "201", "ada enrolled", "learner.enrolled ada"},
		{"enroll ada", "enroll ada", "409 already_enrolled enrolled", "ada enrolled", ""},
		{"enroll ada; enroll bob", "enroll bob", "409 already_waitlisted waitlisted", "ada enrolled, bob waitlisted", ""},
		{"enroll ada", "withdraw ada", "200", "ada withdrawn", "learner.withdrawn ada"},
		{"enroll ada", "withdraw bob", "404 not_enrolled", "ada enrolled", ""},
		{"enroll ada; withdraw ada", "withdraw ada", "404 not_enrolled", "ada withdrawn", ""},
		{"enroll ada; withdraw ada", "enroll bob", "201", "ada withdrawn, bob enrolled", "learner.enrolled bob"},
		{"enroll ada; withdraw ada", "enroll ada", "201", "ada enrolled", "learner.enrolled ada"},
		{"enroll ada; enroll bob", "withdraw bob", "200", "ada enrolled, bob withdrawn", "learner.withdrawn bob"},
		{"enroll ada; enroll bob; withdraw bob", "enroll cyd", "202", "ada enrolled, bob withdrawn, cyd waitlisted", "learner.waitlisted cyd"},
		{"enroll ada; enroll bob; withdraw bob", "withdraw ada", "200", "bob withdrawn, ada withdrawn", "learner.withdrawn ada"},
		{"enroll ada; enroll bob; enroll cyd", "withdraw ada", "200 promoted bob", "cyd waitlisted, ada withdrawn, bob enrolled",
			"learner.withdrawn ada, learner.promoted bob"},
		{"enroll ada; enroll bob; enroll cyd; withdraw ada", "withdraw bob", "200 promoted cyd", "ada withdrawn, bob withdrawn, cyd enrolled",
			"learner.withdrawn bob, learner.promoted cyd"},
		{"enroll ada; enroll bob; withdraw ada", "enroll ada", "202", "bob enrolled, ada waitlisted", "learner.waitlisted ada"},

		{"close", "enroll ada", "409 course_closed", "", ""},
		{"enroll ada; close", "enroll ada", "409 already_enrolled enrolled", "ada enrolled", ""},
		{"enroll ada; enroll bob; close", "withdraw ada", "200", "bob waitlisted, ada withdrawn", "learner.withdrawn ada"},
		{"enroll ada; enroll bob; close", "withdraw bob", "200", "ada enrolled, bob withdrawn", "learner.withdrawn bob"},
		{"enroll ada; unlist", "enroll bob", "409 course_full", "ada enrolled", ""},
		{"enroll ada; enroll bob; unlist", "enroll cyd", "409 course_full", "ada enrolled, bob waitlisted", ""},
		{"enroll ada; enroll bob; unlist", "withdraw ada", "200 promoted bob", "ada withdrawn, bob enrolled", "learner.withdrawn ada, learner.promoted bob"},
		{"unlist", "enroll ada", "201", "ada enrolled", "learner.enrolled ada"},
	} {
		t.Run(rule.before+"; "+rule.command, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s.course(t, oneSeat)
			if rule.before != "" {
				s.do(t, rule.before)
			}
			before := s.events(t)
			if got := s.do(t, rule.command); got.String() != rule.reply {
				t.Errorf("got %s, want %s: %s", got, rule.reply, got.raw)
			}
			if got := s.standings(t); got != rule.standings {
				t.Errorf("the learners hold %s, want %s", got, rule.standings)
			}
			if got := strings.TrimPrefix(strings.TrimPrefix(s.events(t), before), ", "); got != rule.events {
				t.Errorf("the events are %q, want %q", got, rule.events)
			}
		})
	}
}

// The one who is promoted keeps the enrollment, and one who comes back gets another.
func TestEnrollmentIDs(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, oneSeat)
	ada, bob := s.enroll(t, "ada", "").body.EnrollmentID, s.enroll(t, "bob", "").body.EnrollmentID
	left := s.withdraw(t, "ada", "").body
	if left.EnrollmentID != ada || left.Promoted == nil || left.Promoted.EnrollmentID != bob || left.Promoted.Status != "enrolled" {
		t.Errorf("ada had %s and bob %s, but the withdrawal says %+v", ada, bob, left)
	}
	if back := s.enroll(t, "ada", "").body.EnrollmentID; back == ada || back == bob || back == "" {
		t.Errorf("ada, who had %s, comes back as %s", ada, back)
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.course(t, oneSeat)
	for _, body := range []string{"", "{", `{"learnerId":""}`, `{}`, `{"learnerId":7}`} {
		got := s.send(t, http.MethodPost, "/v1/courses/go-101/enrollments", body, "")
		if got.String() != "400 malformed_request" || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s", body, got, got.raw)
		}
	}
	if got := s.send(t, http.MethodPost, "/v1/courses/none/enrollments", `{"learnerId":"ada"}`, ""); got.String() != "404 course_not_found" {
		t.Errorf("%s %s", got, got.raw)
	}
	if got := s.events(t); got != "" {
		t.Error(got)
	}
}

// A course can be created and filled by hand, without SQL.
func TestNewCourse(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, filepath.Join(t.TempDir(), "naive.db")) // as typed by hand
	if err != nil {
		t.Fatal(err)
	}
	s := serviceOn(t, relative)
	for i, step := range []struct{ method, path, body, want string }{
		{http.MethodPut, "/v1/courses/go-102", `{"capacity":0}`, "400 malformed_request"},
		{http.MethodPut, "/v1/courses/go-102", `{"capacity":1}`, "201"},
		{http.MethodPut, "/v1/courses/go-102", `{"capacity":1}`, "500"},
		{http.MethodPost, "/v1/courses/go-102/enrollments", `{"learnerId":"ada"}`, "201"},
		{http.MethodPost, "/v1/courses/go-102/enrollments", `{"learnerId":"bob"}`, "202"},
	} {
		if got := s.send(t, step.method, step.path, step.body, ""); got.String() != step.want {
			t.Errorf("%d: got %s, want %s: %s", i, got, step.want, got.raw)
		}
	}
}
