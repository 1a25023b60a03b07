package sqlstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The migration of a database of version 2 changes no row. Its journals are unpublished then, from their beginning.
func TestMigrationFromVersion2(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		before := db.store(t)
		must(t, change(t.Context(), before, "c", put(1)))
		must(t, change(t.Context(), before, "c", enroll("ada", "bob"), "ada", "bob"))
		must(t, change(t.Context(), before, "c", withdraw("ada"), "ada", "bob"))
		key := ports.IdempotencyKey{Subject: "ada", Name: "k"}
		need := ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{key}}
		must(t, before.Update(t.Context(), need, func(ports.Loaded) (ports.Changes, error) {
			return ports.Changes{Replies: []ports.IdempotencyRecord{{IdempotencyKey: key, Fingerprint: "f", At: at}}}, nil
		}))
		published, err := before.Unpublished(t.Context(), 1)
		must(t, err)
		must(t, before.MarkPublished(t.Context(), published))
		want := history(t, before)

		files := migrations(t, db.kind)
		for i := len(files) - 1; i >= 2; i-- {
			db.exec(t, down(t, files[i]))
		}
		db.exec(t, "DELETE FROM goose_db_version WHERE version_id > 2")
		if schema, err := db.schema(t.Context()); err != nil || schema.Version != 2 {
			t.Fatalf("got %+v, %v", schema, err)
		}
		db.migrate(t)

		after := db.store(t)
		must(t, after.Ready(t.Context()))
		if got := history(t, after); got != want {
			t.Errorf("became\n%s\nwas\n%s", got, want)
		}
		records, err := after.Unpublished(t.Context(), 100)
		if err != nil || len(records) != 1 || len(records[0].Messages) != 5 || records[0].Messages[0].Sequence != 1 {
			t.Errorf("%+v are unpublished, %v", records, err)
		}
		must(t, change(t.Context(), after, "c", enroll("cyd"), "cyd"))
		if b, err := after.Backlog(t.Context()); err != nil || b.Messages != 6 {
			t.Errorf("got %+v, %v", b, err)
		}
	})
}

// The migration of SQLite to short records splits longer ones, and keeps their order.
func TestMigrationSplitsRecords(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	files, err := filepath.Glob("../../sqlite/migrations/*_short_records.sql")
	must(t, err)
	migration, err := os.ReadFile(files[0])
	must(t, err)
	up, _, _ := strings.Cut(string(migration), "-- +goose Down")
	const insert = "INSERT INTO unpublished (tenant_id, spans, events, occurred_at, entry_id, republication) VALUES "
	const when = ", '2026-01-01 00:00:00+00:00', "
	for _, statement := range []string{
		`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision, announced)
			VALUES ('t', 'a  1 c', 'T', 1, true, true, 0, 0, 4501, 1, 4501)`,
		`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity)
			WITH RECURSIVE e (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM e WHERE n < 4501)
			SELECT 't', 'a  1 c', n, 'e' || n, '', 'course.changed', '2026-01-01 00:00:00+00:00', 'T', 1 FROM e`,
		insert + "('t', '1 3 a  1 c\n', 3" + when + "'', false)",
		insert + "('t', '4 2503 a  1 c\n', 2500" + when + "'', false)",
		insert + "('t', '2504 2505 a  1 c\n2506 2506 a  1 c\n', 3" + when + "'e2504', false)",
		insert + "('t', '2507 3500 a  1 c\n', 994" + when + "'', true)",
		insert + "('t', '3501 4500 a  1 c\n', 1000" + when + "'', false)",
		insert + "('t', '4501 4501 a  1 c\n', 1" + when + "'', false)",
		up,
	} {
		db.exec(t, statement)
	}
	requireRecords(t, db.store(t), "a  1 c", 3, 1000, 1000, 500, 3, 994, 1000, 1)
}

// requireRecords requires unpublished records of so many messages, which are all of a course in order.
func requireRecords(t *testing.T, s store, course domain.CourseID, want ...int) {
	t.Helper()
	records, err := s.Unpublished(t.Context(), 1_000_000)
	must(t, err)
	var got []int
	last := int64(0)
	for _, r := range records {
		got = append(got, len(r.Messages))
		for _, m := range r.Messages {
			if last++; m.Course != course || m.Sequence != last {
				t.Fatalf("%s/%d comes as number %d", m.Course, m.Sequence, last)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the records have %d messages, want %d", got, want)
	}
	if b, err := s.Backlog(t.Context()); err != nil || int64(b.Messages) != last {
		t.Errorf("backlog is %+v, %v", b, err)
	}
}

// history prints everything that a store of version 2 has of the tenant.
func history(t *testing.T, s ports.Store) string {
	t.Helper()
	var b strings.Builder
	c, err := s.Course(t.Context(), tenant, "c")
	fmt.Fprintln(&b, c, err)
	standings, err := s.Standings(t.Context(), tenant, "c", ports.StandingPage{Limit: 100})
	fmt.Fprintln(&b, standings, err)
	for e, err := range s.Journal(t.Context(), tenant, "c", 0) {
		fmt.Fprintln(&b, e, err)
	}
	keys := []ports.IdempotencyKey{{Subject: "ada", Name: "k"}}
	must(t, s.Update(t.Context(), ports.Need{Tenant: tenant, Keys: keys}, func(l ports.Loaded) (ports.Changes, error) {
		fmt.Fprintln(&b, l.Replies)
		return ports.Changes{}, nil
	}))
	return b.String()
}

// migrations returns the files of a kind of database, one for each version.
func migrations(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("../../" + kind + "/migrations/*.sql")
	must(t, err)
	return files
}

// latest returns the highest number of a migration.
func latest(t *testing.T, kind string) (last int64) {
	t.Helper()
	for _, file := range migrations(t, kind) {
		n, err := goose.NumericComponent(file)
		must(t, err)
		last = max(last, n)
	}
	return last
}

// down returns the statements that undo a migration.
func down(t *testing.T, file string) string {
	t.Helper()
	migration, err := os.ReadFile(file)
	must(t, err)
	_, statements, found := strings.Cut(string(migration), "-- +goose Down")
	if !found {
		t.Fatalf("%s has no Down", file)
	}
	return statements
}
