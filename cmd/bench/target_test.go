package main

import (
	"database/sql"
	"path/filepath"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// Courses that SQL inserts are those that the core would have created: roster's check finds no difference, and all of them are to be
// published.
func TestLoadCourses(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) (*sql.DB, ports.Store){
		"PostgreSQL": func(t *testing.T) (*sql.DB, ports.Store) {
			at := pgtest.Database(t, postgres.Migrate)
			store, err := postgres.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			return asSuperuser(t, at), store
		},
		"SQLite": func(t *testing.T) (*sql.DB, ports.Store) {
			file := filepath.Join(t.TempDir(), "roster.db")
			store, err := sqlite.Open(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			return openSQLite(t, file), store
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, store := open(t)
			loaded := &target{name: "roster", db: db, tables: tablesOfRoster}
			if err := loaded.loadCourses(t.Context(), 1234); err != nil {
				t.Fatal(err)
			}
			if n := unpublished(t, loaded); n != 1234 {
				t.Errorf("%d events are unpublished, want 1234", n)
			}
			report, err := application.New(store).VerifyJournal(t.Context(), staff, "")
			if err != nil || report.Courses != 1234 || report.Events != 1234 || len(report.Differences) > 0 {
				t.Errorf("got %+v, %v", report, err)
			}
		})
	}
}

// What is unpublished is found in the schema of an earlier build, too.
func TestUnpublishedInEarlierSchema(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]*sql.DB{
		"PostgreSQL": asSuperuser(t, pgtest.Database(t, nil)),
		"SQLite":     openSQLite(t, filepath.Join(t.TempDir(), "roster.db")),
	} {
		for _, statement := range []string{
			`CREATE TABLE courses (tenant_id text, course_id text, sequence bigint)`,
			`CREATE TABLE outbox (tenant_id text, course_id text, published bigint)`,
			`INSERT INTO courses VALUES ('a', 'one', 10), ('a', 'two', 5), ('b', 'one', 3)`,
			`INSERT INTO outbox VALUES ('a', 'one', 4), ('b', 'one', 3)`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if n := unpublished(t, &target{name: name, db: db, tables: tablesOfRoster}); n != 11 {
			t.Errorf("%s: %d events are unpublished, want 11", name, n)
		}
	}
}

func unpublished(t *testing.T, of *target) (n int) {
	t.Helper()
	query, err := of.unpublishedQuery(t.Context())
	if err == nil {
		err = of.db.QueryRowContext(t.Context(), query).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func openSQLite(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", readURL(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
