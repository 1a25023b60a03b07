package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A use is what PostgreSQL has counted for an operation.
type use struct{ scanned, written []string }

// compareCounts compares the operations with what was counted. A table that is written by its key may be scanned, too.
func compareCounts(r record.Record, counted map[string]use) (report []string) {
	for _, o := range r.Operations {
		c := counted[o.Name]
		report = append(report, differences("table written by "+o.Name+":", o.Writes, c.written)...)
		for _, table := range c.scanned {
			if !slices.Contains(o.Reads, table) && !slices.Contains(o.Writes, table) {
				report = append(report, fmt.Sprintf("%s reads %s, and the record has neither a read nor a write of it", o.Name, table))
			}
		}
		for _, table := range o.Reads {
			if !slices.Contains(c.scanned, table) {
				report = append(report, fmt.Sprintf("%s does not read %s, and the record says so", o.Name, table))
			}
		}
	}
	return report
}

// PostgreSQL counts for each operation what the record has from SQLite.
func TestOperationsOnPostgreSQL(t *testing.T) {
	t.Parallel()
	owner := pgtest.Database(t, postgres.Migrate)
	db := openAsSuperuser(t, owner)
	db.SetMaxOpenConns(1)
	counted := make(map[string]use)
	callAll(t, db, func(name string, do func(ports.Service) error) {
		t.Helper()
		// This session has counted what prepares the operation, and would add it in its own time.
		for _, statement := range []string{"SELECT pg_stat_force_next_flush()", "SELECT pg_stat_reset()"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		store, err := postgres.Open(context.Background(), owner)
		if err != nil {
			t.Fatal(err)
		}
		if do == nil {
			relay(t, db, store)
		} else {
			err = do(application.New(store, application.WithRetention(time.Nanosecond)))
		}
		if closed := store.Close(); err != nil || closed != nil {
			t.Fatalf("%s: %v, %v", name, err, closed)
		}
		portstest.Eventually(t, "the sessions have ended, which writes what they have counted", func() bool {
			return len(texts(t, db, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")) == 0
		})
		c := counted[name]
		c.scanned = union(c.scanned, texts(t, db, "SELECT relname::text FROM pg_stat_user_tables WHERE seq_scan + coalesce(idx_scan, 0) > 0 AND relname <> 'goose_db_version'"))
		c.written = union(c.written, texts(t, db, "SELECT relname::text FROM pg_stat_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"))
		counted[name] = c
	})
	operation := func(r *record.Record, name string) *record.Operation {
		return find(r.Operations, func(o record.Operation) bool { return o.Name == name })
	}
	catches(t, func(r record.Record) []string { return compareCounts(r, counted) },
		lie{"a table written too few", func(r *record.Record) { operation(r, "Maintenance.Purge").Writes = []string{"outbox"} }, "table written by Maintenance.Purge: journal is in the running"},
		lie{"a table written too many", func(r *record.Record) { o := operation(r, "Queries.Course"); o.Writes = append(o.Writes, "courses") }, "table written by Queries.Course: " + "courses" + " is in the record"},
		lie{"a table read too few", func(r *record.Record) { operation(r, "Verifier.VerifyJournal").Reads = []string{"journal"} }, "Verifier.VerifyJournal reads " + "courses"},
		lie{"a table read too many", func(r *record.Record) { o := operation(r, "Queries.Course"); o.Reads = append(o.Reads, "journal") }, "Queries.Course does not read journal"},
	)
}
