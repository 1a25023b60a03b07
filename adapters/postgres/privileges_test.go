package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

func run(t *testing.T, url, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

func missing(t *testing.T, url string) []string {
	t.Helper()
	schema, err := postgres.ReadSchema(t.Context(), url)
	if err != nil || schema.NotCompared != "" {
		t.Fatal(schema.NotCompared, err)
	}
	return schema.Missing
}

// Each grant, policy and table without row-level security is found, and made again as it was.
func TestMigrateRestoresPrivileges(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	serve := pgtest.User(t, url, "roster_serve")
	for _, user := range []string{url, serve} {
		if lost := missing(t, user); lost != nil {
			t.Fatalf("after the migration: %q", lost)
		}
	}
	for statement, want := range map[string]string{
		"REVOKE INSERT ON journal FROM roster_serve":                  "GRANT INSERT ON journal TO roster_serve",
		"REVOKE UPDATE (purged) ON outbox FROM roster_relay":          "GRANT UPDATE (published, purged) ON outbox TO roster_relay",
		"REVOKE SELECT ON goose_db_version FROM roster_read":          "GRANT SELECT ON goose_db_version TO roster_read",
		"DROP POLICY upkeep ON replies":                               "CREATE POLICY upkeep ON replies AS PERMISSIVE FOR ALL TO roster_upkeep USING",
		"ALTER TABLE dead_letters DISABLE ROW LEVEL SECURITY":         "ALTER TABLE dead_letters ENABLE ROW LEVEL SECURITY",
		"ALTER TABLE standings NO FORCE ROW LEVEL SECURITY":           "ALTER TABLE standings FORCE ROW LEVEL SECURITY",
		"DROP POLICY tenant ON courses; DROP POLICY relay ON courses": "CREATE POLICY tenant ON courses AS PERMISSIVE FOR ALL TO PUBLIC USING",
	} {
		run(t, url, statement)
		for _, user := range []string{url, serve} {
			if lost := missing(t, user); !slices.ContainsFunc(lost, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("after %s: %q", statement, lost)
			}
		}
	}
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if lost := missing(t, url); lost != nil {
		t.Errorf("after the repair: %q", lost)
	}
}

// A policy that was changed is named, and stays: dropping it is for a person to decide. What was added is not compared.
func TestMigrateKeepsAChangedPolicy(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	run(t, url, `DROP POLICY tenant ON courses; CREATE POLICY tenant ON courses USING (tenant_id = 'acme');
		CREATE POLICY more ON courses TO roster_read USING (false); GRANT SELECT ON replies TO roster_read; REVOKE SELECT ON journal FROM roster_relay`)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	lost := missing(t, url)
	if len(lost) != 1 || !strings.HasPrefix(lost[0], "DROP POLICY tenant ON courses; CREATE POLICY tenant ON courses ") {
		t.Fatalf("%q", lost)
	}
	run(t, url, lost[0])
	if lost := missing(t, url); lost != nil {
		t.Errorf("%q", lost)
	}
}

// What an administrator grants by default is not made by the migrations, though their tables would get it.
func TestDefaultPrivilegesAreNotMissing(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	run(t, url, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor, PUBLIC")
	if lost := missing(t, url); lost != nil {
		t.Errorf("%q", lost)
	}
}

// A database of an earlier version has what its own migrations make.
func TestPrivilegesOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	run(t, url, `DELETE FROM goose_db_version WHERE version_id > 2; DROP TABLE outbox, dead_letters, unpublished, last_published; DROP POLICY relay ON courses; DROP POLICY relay ON journal;
		ALTER TABLE journal DROP COLUMN previous_learner_id; REVOKE ALL ON courses, journal, goose_db_version FROM roster_relay`)
	if lost := missing(t, url); lost != nil {
		t.Errorf("%q", lost)
	}
	run(t, url, "REVOKE DELETE ON replies FROM roster_upkeep")
	if lost := missing(t, url); !slices.Equal(lost, []string{"GRANT DELETE ON replies TO roster_upkeep"}) {
		t.Errorf("%q", lost)
	}
	if empty := pgtest.Database(t, nil); missing(t, empty) != nil {
		t.Error("something is missing of a database without tables")
	}
}

// Without temporary tables nothing is compared, and that is said. Migrate works as before.
func TestPrivilegesAreNotCompared(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	run(t, url, "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$")
	schema, err := postgres.ReadSchema(t.Context(), pgtest.User(t, url, "roster_serve"))
	if err != nil || schema.Missing != nil || !strings.Contains(schema.NotCompared, "temporary") {
		t.Errorf("%+v, %v", schema, err)
	}
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Error(err)
	}
}
