package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
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
	"TRUNCATE unpublished", // the trigger has added records
	`INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
		SELECT 't', f || ' ' || f + 999 || E' c05000\n', 1000, now() FROM generate_series(50001, 99001, 1000) AS f`,
}

// A long journal is purged quickly, even if the planner has no statistics of it yet.
func TestPurgeOfALongJournal(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	s := db.store(t)
	one := strings.ReplaceAll(strings.Join(fill, ";"), "generate_series(1, 10000)", "generate_series(5000, 5000)")
	db.exec(t, one+"; TRUNCATE unpublished")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // to search for each entry among all takes minutes
	defer cancel()
	if n, err := s.Purge(ctx, time.Now().Add(time.Hour)); err != nil || n != 99_999 {
		t.Errorf("removed %d, %v", n, err)
	}
}

// The outbox reads only the records and the entries that it publishes: if one course has 50,000 published entries before as many
// unpublished ones, and if 10,000 courses have some. The planner's statistics may be old or new.
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
	const all = "INSERT INTO unpublished (tenant_id, spans, events, occurred_at) SELECT 't', '1 2 ' || id || E'\n', 2, now() FROM made"
	for _, statement := range []string{"SELECT 'one course has many'", "ANALYZE", all, "ANALYZE"} {
		exec(statement)
		sent = nil
		records, err := s.Unpublished(t.Context(), 2000)
		must(t, err)
		n := 0
		for _, r := range records {
			n += len(r.Messages)
		}
		if n != 2000 || len(sent) != 1 {
			t.Fatalf("after %s: %d messages by %q", statement, n, sent)
		}
		if whole, read := journalRead(t, conn, sent[0]); whole || read > n {
			t.Errorf("after %s: reads %d entries, all: %v\n%.9999s", statement, read, whole, sent[0])
		}
		exec("DELETE FROM unpublished WHERE id < (SELECT max(id) - 5000 FROM unpublished)")
	}
	// A planner that may join in any order reads the whole journal: the test can fail.
	unsorted := strings.Replace(sent[0], `ORDER BY j.sequence) AS j`, `) AS j`, 1)
	if _, read := explained(t, conn, "SET LOCAL ROLE roster_relay; SET LOCAL enable_nestloop = off", unsorted).read("journal"); read <= 2000 {
		t.Error("reading the whole journal is not caught")
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
	_, err := s.Unpublished(t.Context(), 2000)
	must(t, err)
	if len(sent) != 1 {
		t.Errorf("these read the journal: %q", sent)
	}
	conn, err := sql.Open("sqlite", db.address)
	must(t, err)
	defer conn.Close()
	for _, statement := range sent {
		found := false
		for _, step := range stepsOnSQLite(t, conn, statement) {
			ofJournal := strings.Contains(step, " j ") || strings.Contains(step, " journal ")
			found = found || ofJournal
			if ofJournal && !strings.Contains(step, "(tenant_id=? AND course_id=? AND sequence>? AND sequence<?)") {
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
