package main

import (
	"database/sql"
	"net/url"
	"os"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/application"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// Preloaded rows are those of enrolling: neither roster's check nor the bench's finds a difference.
func TestPreload(t *testing.T) {
	t.Parallel()
	at := pgtest.Database(t, postgres.Migrate)
	roster := &target{name: "roster", db: asSuperuser(t, at), tables: tablesOfRoster}
	if err := roster.preload(t.Context(), "c-", 3, 10, 4); err != nil {
		t.Fatal(err)
	}
	if n := unpublished(t, roster); n != 0 {
		t.Errorf("%d events are unpublished", n)
	}
	store, err := postgres.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	report, err := application.New(store).VerifyJournal(t.Context(), staff, "")
	if err != nil || report.Courses != 3 || report.Events != 33 || len(report.Differences) > 0 {
		t.Errorf("got %+v, %v", report, err)
	}

	naive := newFunctionTarget(t)
	if err := naive.preload(t.Context(), "c-", 3, 10, 4); err != nil {
		t.Fatal(err)
	}
	for _, target := range []*target{roster, naive} {
		if err := target.verifyCourses(t.Context(), "c-"); err != nil {
			t.Errorf("%s: %v", target.name, err)
		}
	}
}

// The function does what naive does, also if there is no pgbench to call it.
func TestFunction(t *testing.T) {
	t.Parallel()
	b := &bench{ctx: t.Context(), dir: t.TempDir(), function: newFunctionTarget(t)}
	if err := b.function.createCourse(b.ctx, "hot", 10); err != nil {
		t.Fatal(err)
	}
	// Each client makes a number of calls, so the result does not depend on how long connecting takes.
	rate, err := b.callFunctionByPgx("hot", 16, 8)
	if err != nil || rate <= 0 {
		t.Errorf("got %f, %v", rate, err)
	}
	if err := b.function.verifyCourses(b.ctx, "hot"); err != nil {
		t.Error(err)
	}
	var seats, waitlisted int
	if err := b.function.db.QueryRow(`SELECT seats_taken, waitlist_length FROM courses`).Scan(&seats, &waitlisted); err != nil {
		t.Fatal(err)
	}
	if want := 16*8 - 10; seats != 10 || waitlisted != want {
		t.Errorf("%d have a seat, want 10, and %d are waitlisted, want %d", seats, waitlisted, want)
	}
	var again string
	if err := b.function.db.QueryRow(`SELECT enroll('hot', '0-0')`).Scan(&again); err != nil || again[:8] != "already_" {
		t.Errorf("got %q, %v", again, err)
	}
}

// pgbench makes the same calls, and its rate is found in what it prints.
func TestPgbench(t *testing.T) {
	t.Parallel()
	program, err := pgbench()
	if err != nil {
		t.Skip(err)
	}
	b := &bench{ctx: t.Context(), dir: t.TempDir(), function: newFunctionTarget(t)}
	if err := b.function.createCourse(b.ctx, "hot-7", 10); err != nil {
		t.Fatal(err)
	}
	rate, err := b.callFunctionByPgbench(program, 7, 4, 32)
	if err != nil || rate <= 0 {
		t.Errorf("got %f, %v", rate, err)
	}
	var done int
	if err := b.function.db.QueryRow(`SELECT sequence FROM courses`).Scan(&done); err != nil || done != 4*32 {
		t.Errorf("%d calls were done, want %d: %v", done, 4*32, err)
	}
	if got := pgbenchRate.FindStringSubmatch("tps = 11.5 (including connections establishing)\ntps = 12.5 (excluding connections establishing)\n"); got[1] != "12.5" {
		t.Errorf("of version 13: %q", got)
	}
}

func newFunctionTarget(t *testing.T) *target {
	t.Helper()
	at := pgtest.Database(t, nil)
	naive := &target{name: "naive", database: at, db: asSuperuser(t, at), tables: tablesOfNaive}
	schema, err := os.ReadFile("naive/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, statements := range []string{string(schema), functionSQL, "GRANT ALL ON ALL TABLES IN SCHEMA public TO " + u.User.Username()} {
		if _, err := naive.db.ExecContext(t.Context(), statements); err != nil {
			t.Fatal(err)
		}
	}
	return naive
}

// asSuperuser opens a database as the superuser.
func asSuperuser(t *testing.T, at string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", superuserURL(t, at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func superuserURL(t *testing.T, at string) string {
	t.Helper()
	return inDatabase(pgtest.Server(t), databaseName(at))
}
