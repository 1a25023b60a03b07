package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// At the end the journal of each database that groups share is folded, with -before those beside the earlier build, too.
func TestVerifyJournals(t *testing.T) {
	t.Parallel()
	pair := func(database string) *serverPair { return &serverPair{roster: &target{database: database}} }
	b := &bench{ctx: t.Context(), postgresPair: pair("pg"), sqlitePair: pair("lite")}
	b.roster = "go" // it has no command check
	folded := func() (databases []string) {
		for line := range strings.Lines(fmt.Sprint(b.verifyJournals())) {
			if _, rest, ok := strings.Cut(line, "--database-url "); ok {
				database, _, _ := strings.Cut(rest, " ")
				databases = append(databases, database)
			}
		}
		return databases
	}
	if got := folded(); !slices.Equal(got, []string{"pg", "lite"}) {
		t.Errorf("folded %q", got)
	}
	b.earlier = &earlier{postgresPair: pair("pg-before"), sqlitePair: pair("lite-before")}
	if got := folded(); !slices.Equal(got, []string{"pg", "lite", "pg-before", "lite-before"}) {
		t.Errorf("with -before: folded %q", got)
	}
}

// Each kind of fault in a database is found.
func TestVerify(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("naive/sqlite.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, fault, want string }{
		{"sound", "", ""},
		{"a seat too many", `UPDATE enrollments SET status = 'enrolled' WHERE learner_id = 'p-c';
			UPDATE courses SET seats_taken = 3, waitlist_length = 0`, "of 2 seats counts 3 taken"},
		{"a wrong counter of seats", `UPDATE courses SET seats_taken = 1`, "counts 1 taken"},
		{"a wrong counter of the waitlist", `UPDATE courses SET waitlist_length = 2`, "2 waitlisted"},
		{"a free seat and a waitlist", `UPDATE courses SET capacity = 3`, "of 3 seats counts 2 taken, 1 waitlisted"},
		{"a gap", `DELETE FROM outbox WHERE sequence = 2`, "3 changes, but has 2, 1 and 2, the last with sequence 3"},
		{"an event too many", `INSERT INTO outbox VALUES ('default', 'hot-p', 4, 'e4', 'learner.enrolled', 'p-x', 'x', '2026-01-01')`,
			"the last with sequence 4"},
		{"a lost learner", `DELETE FROM enrollments WHERE learner_id = 'p-a'`, `p-a was answered "enrolled", but is stored as ""`},
		{"a learner without the seat", `UPDATE enrollments SET status = 'waitlisted' WHERE learner_id = 'p-b'`,
			`p-b was answered "enrolled", but is stored as "waitlisted"`},
		{"a learner without an answer", `INSERT INTO enrollments VALUES ('default', 'hot-p', 'p-x', 'x', 'waitlisted', 4, '2026-01-01')`,
			"3 learners were answered, but 4 are stored"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "naive.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, statements := range []string{string(schema), `
				INSERT INTO courses VALUES ('default', 'hot-p', 2, true, true, 2, 1, 3);
				INSERT INTO enrollments VALUES ('default', 'hot-p', 'p-a', 'a', 'enrolled', 1, '2026-01-01');
				INSERT INTO enrollments VALUES ('default', 'hot-p', 'p-b', 'b', 'enrolled', 2, '2026-01-01');
				INSERT INTO enrollments VALUES ('default', 'hot-p', 'p-c', 'c', 'waitlisted', 3, '2026-01-01');
				INSERT INTO outbox VALUES ('default', 'hot-p', 1, 'e1', 'learner.enrolled', 'p-a', 'a', '2026-01-01');
				INSERT INTO outbox VALUES ('default', 'hot-p', 2, 'e2', 'learner.enrolled', 'p-b', 'b', '2026-01-01');
				INSERT INTO outbox VALUES ('default', 'hot-p', 3, 'e3', 'learner.waitlisted', 'p-c', 'c', '2026-01-01')`, test.fault} {
				if _, err := db.ExecContext(t.Context(), statements); err != nil {
					t.Fatal(err)
				}
			}
			naive := &target{name: "naive", db: db, tables: tablesOfNaive}
			err = naive.verify(t.Context(), "hot-p", "p", ledger{"p-a": "enrolled", "p-b": "enrolled", "p-c": "waitlisted"})
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
