package sqlstore_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// fillLearners creates 100 courses of 250 learners. Half of them wait: the fourth is ada.
var fillLearners = []string{
	"SET app.tenant = 't'",
	`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
		SELECT 't', 'c' || lpad(c::text, 3, '0'), 'T', 125, true, true, 125, 125, 251, 1 FROM generate_series(1, 100) AS c`,
	`INSERT INTO standings (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
		SELECT 't', 'c' || lpad(c::text, 3, '0'), CASE n WHEN 130 THEN 'ada' ELSE 'l-' || c || '-' || n END, 'e', CASE WHEN n < 127 THEN 'enrolled' ELSE 'waitlisted' END,
			n, now() FROM generate_series(1, 100) AS c, generate_series(2, 251) AS n`,
	`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id, enrollment_id)
		SELECT tenant_id, course_id, sequence, enrollment_id, '', 'learner.waitlisted', since, learner_id, enrollment_id FROM standings`,
}

// One learner's standings, and what is stored about a learner, are looked up by index. The planner's statistics may be old or new.
func TestPlansOfALearner(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	for _, statement := range fillLearners {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
	var sent []string
	s, err := postgres.Open(t.Context(), url, postgres.Through(recordingStandings(&sent).through))
	must(t, err)
	defer s.Close()
	read := func(statement string) (whole bool, rows int) {
		return explained(t, conn, "SET LOCAL app.tenant = 't'", statement).read("standings")
	}
	for _, analyze := range []string{"SELECT 'no statistics'", "ANALYZE"} {
		_, err := conn.Exec(t.Context(), analyze)
		must(t, err)
		sent = nil
		page, err := s.LearnerStandings(t.Context(), "t", "ada", ports.LearnerPage{After: "c050", Limit: 10})
		must(t, err)
		if len(page) != 10 || page[0].Course != "c051" || page[9].Position != 4 {
			t.Errorf("%+v", page)
		}
		data, err := s.About(t.Context(), "t", "ada")
		must(t, err)
		if len(data.Standings) != 100 || len(data.Events) != 100 {
			t.Errorf("%d standings, %d events", len(data.Standings), len(data.Events))
		}
		if len(sent) != 2 {
			t.Fatalf("%q", sent)
		}
		for i, most := range []int{10 + 10*4, 100} {
			if whole, rows := read(sent[i]); whole || rows > most {
				t.Errorf("%s: reads %d standings, all: %v\n%s", analyze, rows, whole, sent[i])
			}
		}
	}
	// Without its condition the index does not serve: the test can fail.
	if whole, rows := read(strings.Replace(sent[1], "(s.course_id > '')", "true", 1)); !whole && rows <= 100 {
		t.Error("reading all standings is not caught")
	}
}

// SQLite plans without statistics.
func TestPlansOfALearnerOnSQLite(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	var sent []string
	s := db.through(t, recordingStandings(&sent))
	must(t, change(t.Context(), s, "c", put(1)))
	must(t, change(t.Context(), s, "c", enroll("bob", "ada"), "bob", "ada"))
	sent = nil
	for _, after := range []domain.CourseID{"", "b"} {
		_, err := s.LearnerStandings(t.Context(), tenant, "ada", ports.LearnerPage{After: after, Limit: 10})
		must(t, err)
	}
	_, err := s.About(t.Context(), tenant, "ada")
	must(t, err)
	reads := len(sent)
	_, err = s.Forget(t.Context(), tenant, "ada", "pseudonym")
	must(t, err)
	conn, err := sql.Open("sqlite", db.address)
	must(t, err)
	defer conn.Close()
	for i, statement := range sent {
		if strings.HasPrefix(statement, "UPDATE") {
			continue // by the key
		}
		steps := strings.Join(stepsOnSQLite(t, conn, statement), "\n")
		if !strings.Contains(steps, "standings_by_learner (tenant_id=? AND learner_id>? AND learner_id<?") ||
			i < 2 && !strings.Contains(steps, "standings_by_status (tenant_id=? AND course_id=? AND status=? AND sequence<?") {
			t.Errorf("%s\n%s", steps, statement)
		}
	}
	if reads != 3 || len(sent) < 6 {
		t.Errorf("%q", sent)
	}
}

// recordingStandings appends the statements on standings to sent.
func recordingStandings(sent *[]string) wrapper {
	return rewriting{func(statement string) string {
		if strings.Contains(statement, `"standings"`) {
			*sent = append(*sent, statement)
		}
		return statement
	}}
}
