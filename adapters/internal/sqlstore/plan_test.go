package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// fill creates 10,000 courses. One has 100,000 entries, of which half are published; each other has two, both published.
var fill = []string{
	"SET app.tenant = 't'",
	`CREATE TEMPORARY TABLE made AS
		SELECT 'c' || lpad(i::text, 5, '0') AS id, CASE i WHEN 5000 THEN 100000 ELSE 2 END AS entries
		FROM generate_series(1, 10000) AS i`,
	`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
		SELECT 't', id, 'T', 1, true, true, 0, 0, entries, 1 FROM made`,
	`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at)
		SELECT 't', id, n, id || '-' || n, '', 'course.changed', now() FROM made, generate_series(1, entries) AS n`,
	`INSERT INTO outbox (tenant_id, course_id, published, purged)
		SELECT 't', id, CASE entries WHEN 2 THEN 2 ELSE entries / 2 END, 0 FROM made`,
}

// A long journal is purged quickly, even if the planner has no statistics of it yet.
func TestPurgeOfALongJournal(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	s := db.store(t)
	one := strings.ReplaceAll(strings.Join(fill, ";"), "generate_series(1, 10000)", "generate_series(5000, 5000)")
	db.exec(t, one+"; UPDATE outbox SET published = 100000")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // to search for each entry among all takes minutes
	defer cancel()
	if n, err := s.Purge(ctx, time.Now().Add(time.Hour)); err != nil || n != 99_999 {
		t.Errorf("removed %d, %v", n, err)
	}
}

// The outbox reads only the entries that it publishes: if 10,000 courses have some, and if one course has 50,000 published
// entries before as many unpublished ones. The planner's statistics may be old or new.
func TestPlansOfTheOutbox(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	exec := func(statement string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
	for _, statement := range fill {
		exec(statement)
	}
	var sent []string
	s, err := postgres.Open(t.Context(), url, postgres.Through(recording(&sent).through))
	must(t, err)
	defer s.Close()
	const most = 10_001 // entries: one of each course, or the 2,000 of the limit
	for _, statement := range []string{"SELECT 'one course has many'", "ANALYZE", "DELETE FROM outbox", "ANALYZE"} {
		exec(statement)
		publish(t, s, &sent)
		for _, sent := range sent {
			if whole, read := journalRead(t, conn, sent); whole || read > most {
				t.Errorf("after %s: reads %d entries, all: %v\n%.9999s", statement, read, whole, sent)
			}
		}
	}
	// Without MATERIALIZED an index is searched by coalesce: the test can fail.
	exec("UPDATE outbox SET published = 50000 WHERE course_id = 'c05000'")
	exec("INSERT INTO outbox SELECT 't', id, 50000, 0 FROM made WHERE id = 'c05000' ON CONFLICT DO NOTHING")
	caught := false
	for _, sent := range sent {
		if _, read := journalRead(t, conn, strings.ReplaceAll(sent, "AS MATERIALIZED", "AS NOT MATERIALIZED")); read > most {
			caught = true
		}
	}
	if !caught {
		t.Error("reading a journal from its beginning is not caught")
	}
}

// A relay that is notified of a hundred courses reads and marks their rows, and none of 10,000 others.
func TestPlansOfAFewCourses(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	for _, statement := range append(fill, "UPDATE outbox SET published = 1", "ANALYZE") {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
	var sent []string
	recordAll := rewriting{func(statement string) string {
		sent = append(sent, statement)
		return statement
	}}
	s, err := postgres.Open(t.Context(), url, postgres.Through(recordAll.through))
	must(t, err)
	defer s.Close()
	var few []ports.CourseRef
	for i := range 100 {
		few = append(few, ports.CourseRef{Tenant: "t", Course: domain.CourseID(fmt.Sprintf("c%05d", 7000+i))})
	}
	sent = nil
	messages, err := s.UnpublishedOf(t.Context(), few, 2000)
	must(t, err)
	must(t, s.MarkPublished(t.Context(), messages))
	if len(messages) != len(few) {
		t.Fatalf("%d messages", len(messages))
	}
	checked := 0
	for i, statement := range sent {
		if !strings.Contains(statement, "outbox") {
			continue
		}
		checked++
		role := sent[:i][slices.IndexFunc(sent, func(s string) bool { return strings.Contains(s, "roster_relay") })]
		for _, table := range []string{"outbox", "courses", "journal"} {
			if whole, rows := explained(t, conn, role, statement).read(table); whole || rows > len(few) {
				t.Errorf("reads %d rows of %s, all: %v\n%.300s", rows, table, whole, statement)
			}
		}
		// Without random_page_cost of the relay the whole table is read: the test can fail.
		if whole, _ := explained(t, conn, "SET LOCAL ROLE roster_relay", statement).read("outbox"); strings.Contains(statement, "UPDATE") && !whole {
			t.Error("reading the whole outbox is not caught")
		}
	}
	if checked != 2 {
		t.Errorf("%d statements on the outbox: %q", checked, sent)
	}
}

// A page of a course's standings reads a page of each status, whatever the number of others. The planner's statistics may be
// old or new.
func TestPlanOfAPageOfAll(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	var sent string
	s, err := postgres.Open(t.Context(), url, postgres.Through(rewriting{func(statement string) string {
		if strings.Contains(statement, "standings") {
			sent = statement
		}
		return statement
	}}.through))
	must(t, err)
	defer s.Close()
	for _, statement := range []string{
		"SET app.tenant = 't'",
		`INSERT INTO standings (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
			SELECT 't', 'c', 'l' || n, 'e' || n, CASE n % 2 WHEN 0 THEN 'enrolled' ELSE 'withdrawn' END, n, now()
			FROM generate_series(1, 50000) AS n`,
		"ANALYZE",
	} {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
		if !strings.Contains(statement, "SET") {
			page, err := s.Standings(t.Context(), "t", "c", ports.StandingPage{After: 40_000, Limit: 10})
			must(t, err)
			if len(page) != 10 || page[9].Sequence != 40_010 {
				t.Errorf("%+v", page)
			}
			if whole, rows := explained(t, conn, "SET LOCAL app.tenant = 't'", sent).read("standings"); whole || rows > 30 {
				t.Errorf("reads %d standings, all: %v\n%s", rows, whole, sent)
			}
		}
	}
}

// SQLite plans without statistics: each statement finds the entries by their whole key.
func TestPlansOfTheOutboxOnSQLite(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	var sent []string
	s := db.through(t, recording(&sent))
	must(t, change(t.Context(), s, "c", grow))
	sent = nil
	publish(t, s, &sent)
	conn, err := sql.Open("sqlite", db.address)
	must(t, err)
	defer conn.Close()
	for _, statement := range sent {
		found := false
		for _, step := range stepsOnSQLite(t, conn, statement) {
			ofJournal := strings.Contains(step, " j ") || strings.Contains(step, " journal ")
			found = found || ofJournal
			if ofJournal && !strings.Contains(step, "(tenant_id=? AND course_id=? AND sequence>?") {
				t.Errorf("%s\n%s", step, statement)
			}
		}
		if !found {
			t.Errorf("no step reads the journal:\n%s", statement)
		}
	}
}

// stepsOnSQLite returns the plan of a statement.
func stepsOnSQLite(t *testing.T, conn *sql.DB, statement string) (steps []string) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		must(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	must(t, rows.Err())
	return steps
}

// recording appends the statements on journals to sent.
func recording(sent *[]string) wrapper {
	return rewriting{func(statement string) string {
		if strings.Contains(statement, "journal") {
			*sent = append(*sent, statement)
		}
		return statement
	}}
}

// publish calls the methods of the outbox, and leaves their statements in sent.
func publish(t *testing.T, s store, sent *[]string) {
	t.Helper()
	*sent = nil
	messages, err := s.Unpublished(t.Context(), ports.CourseRef{}, 2000)
	must(t, err)
	must(t, s.MarkPublished(t.Context(), messages))
	must(t, s.MarkPublished(t.Context(), messages)) // marked already: advanceAll looks at the journals
	_, err = s.Backlog(t.Context())
	must(t, err)
	if len(*sent) < 4 {
		t.Errorf("only these are on journals: %q", *sent)
	}
}

// journalRead runs a statement as the relay, rolls it back, and returns how much of the journals it read.
func journalRead(t *testing.T, conn *pgx.Conn, statement string) (whole bool, rows int) {
	t.Helper()
	return explained(t, conn, "SET LOCAL ROLE roster_relay", statement).read("journal")
}

// explained runs a statement in a role, rolls it back, and returns its plan.
func explained(t *testing.T, conn *pgx.Conn, role, statement string) step {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	must(t, err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(t.Context(), role)
	must(t, err)
	var plan []byte
	must(t, tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement).Scan(&plan))
	var explained []struct{ Plan step }
	must(t, json.Unmarshal(plan, &explained))
	return explained[0].Plan
}

// A step of a plan, as EXPLAIN prints it.
type step struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Found    float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Below    []step  `json:"Plans"`
}

// read returns how much of a table the step and those below it read.
func (s step) read(table string) (whole bool, rows int) {
	if s.Relation == table && s.Type != "ModifyTable" {
		whole, rows = s.Type == "Seq Scan", int((s.Found+s.Removed)*s.Loops)
	}
	for _, below := range s.Below {
		w, n := below.read(table)
		whole, rows = whole || w, rows+n
	}
	return whole, rows
}
