package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A service is naive on a new database.
type service struct {
	http.Handler
	db    *sql.DB
	first *int // the sequence of go-101 before its first event
}

// newService checks at the end of the test that the tables agree with each other.
func newService(t *testing.T) service {
	t.Helper()
	return serviceOn(t, filepath.Join(t.TempDir(), "naive.db"))
}

func serviceOn(t *testing.T, file string) service {
	t.Helper()
	at := "sqlite:" + file
	if _, _, err := open(t.Context(), at, true); err != nil {
		t.Fatal(err)
	}
	db, q, err := open(t.Context(), at, false)
	if err != nil {
		t.Fatal(err)
	}
	s := service{routes(db, q), db, new(int)}
	t.Cleanup(func() {
		s.consistent(t)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A course is a row that no request can make.
type course struct {
	capacity       int
	open, waitlist bool
	waiting        int // learners who are not in the tables
	sequence       int
}

// course inserts go-101.
func (s service) course(t *testing.T, c course) {
	t.Helper()
	_, err := s.db.ExecContext(t.Context(), `INSERT INTO courses (tenant_id, course_id, capacity, open, waitlist, seats_taken, waitlist_length, sequence)
		VALUES ('default', 'go-101', $1, $2, $3, 0, $4, $5)`, c.capacity, c.open, c.waitlist, c.waiting, c.sequence)
	if err != nil {
		t.Fatal(err)
	}
	*s.first = c.sequence
}

func (s service) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// A reply is what a client sees.
type reply struct {
	status  int
	header  http.Header
	raw     string
	body    standing // of a success
	problem problem  // of a refusal
}

// String is the status, with the code of a refusal and what the learner holds, or with who is promoted.
func (r reply) String() string {
	text := strconv.Itoa(r.status)
	if r.problem.Code != "" {
		text += " " + r.problem.Code
	}
	if held := r.problem.Standing; held != nil {
		text += " " + held.Status
	}
	if next := r.body.Promoted; next != nil {
		text += " promoted " + next.LearnerID
	}
	return text
}

func (s service) send(t *testing.T, method, path, body, key string) (got reply) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	got.status, got.header, got.raw = w.Code, w.Header(), w.Body.String()
	var err error
	switch {
	case got.status >= http.StatusBadRequest:
		err = json.Unmarshal(w.Body.Bytes(), &got.problem)
	case got.raw != "":
		err = json.Unmarshal(w.Body.Bytes(), &got.body)
	}
	if err != nil {
		t.Errorf("%s %s: %v: %s", method, path, err, got.raw)
	}
	return got
}

func (s service) enroll(t *testing.T, learner, key string) reply {
	t.Helper()
	return s.send(t, http.MethodPost, "/v1/courses/go-101/enrollments", fmt.Sprintf(`{"learnerId":%q}`, learner), key)
}

func (s service) withdraw(t *testing.T, learner, key string) reply {
	t.Helper()
	return s.send(t, http.MethodDelete, "/v1/courses/go-101/enrollments/"+learner, "", key)
}

// do runs commands such as "enroll ada; close; withdraw ada", and returns the last reply.
func (s service) do(t *testing.T, script string) (last reply) {
	t.Helper()
	for command := range strings.SplitSeq(script, "; ") {
		switch verb, learner, _ := strings.Cut(command, " "); verb {
		case "enroll":
			last = s.enroll(t, learner, "")
		case "withdraw":
			last = s.withdraw(t, learner, "")
		case "close": // no request does this
			s.exec(t, `UPDATE courses SET open = false`)
		case "unlist": // nor this
			s.exec(t, `UPDATE courses SET waitlist = false`)
		default:
			t.Fatalf("no command %q", command)
		}
	}
	return last
}

// text returns the first column of the only row.
func (s service) text(t *testing.T, query string, parameters ...any) (text string) {
	t.Helper()
	if err := s.db.QueryRowContext(context.WithoutCancel(t.Context()), query, parameters...).Scan(&text); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return text
}

// standings returns what the learners hold, in order of sequence.
func (s service) standings(t *testing.T) string {
	t.Helper()
	return s.text(t, `SELECT coalesce(group_concat(learner_id || ' ' || status, ', ' ORDER BY sequence), '') FROM enrollments`)
}

// events returns the outbox in order.
func (s service) events(t *testing.T) string {
	t.Helper()
	return s.text(t, `SELECT coalesce(group_concat(type || ' ' || learner_id, ', ' ORDER BY sequence), '') FROM outbox`)
}

// consistent compares each course with its learners and events.
func (s service) consistent(t *testing.T) {
	t.Helper()
	const wrong = `SELECT coalesce(group_concat(course_id), '') FROM courses AS c WHERE
		seats_taken <> (SELECT count(*) FROM enrollments AS e WHERE e.course_id = c.course_id AND status = 'enrolled')
		OR waitlist_length < (SELECT count(*) FROM enrollments AS e WHERE e.course_id = c.course_id AND status = 'waitlisted')
		OR sequence < (SELECT coalesce(max(sequence), 0) FROM outbox AS o WHERE o.course_id = c.course_id)
		OR sequence < (SELECT coalesce(max(sequence), 0) FROM enrollments AS e WHERE e.course_id = c.course_id)`
	if courses := s.text(t, wrong); courses != "" {
		t.Errorf("the row of %s does not agree with its learners and events", courses)
	}
	const gaps = `SELECT coalesce(max(c.sequence - (SELECT count(*) FROM outbox AS o WHERE o.course_id = c.course_id)), $1) FROM courses AS c`
	if n := s.text(t, gaps, *s.first); n != strconv.Itoa(*s.first) {
		t.Errorf("the course was changed %s times without an event, want %d", n, *s.first)
	}
	const unknown = `SELECT coalesce(group_concat(learner_id), '') FROM enrollments AS e WHERE NOT EXISTS (SELECT * FROM outbox AS o
		WHERE o.course_id = e.course_id AND o.sequence = e.sequence AND o.learner_id = e.learner_id AND o.enrollment_id = e.enrollment_id)`
	if learners := s.text(t, unknown); learners != "" {
		t.Errorf("the outbox lacks the latest event of %s", learners)
	}
}
