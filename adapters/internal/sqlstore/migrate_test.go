package sqlstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

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
