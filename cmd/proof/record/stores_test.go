package record_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"example.com/roster/adapters/sqlite"
	"example.com/roster/cmd/roster/record"
)

func storeOf(r *record.Record, name string) *record.Store {
	return find(r.Stores, func(s record.Store) bool { return s.Name == name })
}

func tableOf(r *record.Record, store, name string) *record.Table {
	return find(storeOf(r, store).Tables, func(t record.Table) bool { return t.Name == name })
}

// find returns the element of a list, and panics if there is none.
func find[T any](list []T, is func(T) bool) *T { return &list[slices.IndexFunc(list, is)] }

func described(table string, columns []string, store string) string {
	return fmt.Sprintf("%s (%s) of %s", table, strings.Join(columns, ", "), store)
}

// compareTables compares the tables of a store with those of a database, each as [described] has it.
func compareTables(r record.Record, store string, observed []string) []string {
	var recorded []string
	for _, t := range storeOf(&r, store).Tables {
		recorded = append(recorded, described(t.Name, t.Columns, store))
	}
	return differences("table", recorded, observed)
}

// The tables and columns are those of a database in a file that a process has opened.
func TestTablesOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	db := openSQLite(t, path)
	var observed []string
	for table, columns := range columnsOfSQLite(t, db) {
		observed = append(observed, described(table, columns, "sqlite"))
	}
	catches(t, func(r record.Record) []string { return compareTables(r, "sqlite", observed) },
		lie{"a table too many", func(r *record.Record) { addTable(storeOf(r, "sqlite")) }, "table notes () of sqlite is in the record, and not"},
		lie{"a table too few", func(r *record.Record) { s := storeOf(r, "sqlite"); s.Tables = s.Tables[1:] }, "table goose_db_version (id"},
		lie{"a column too many", func(r *record.Record) { addColumn(tableOf(r, "sqlite", "outbox")) }, "purged, teacher) of sqlite is in the record, and not"},
		lie{"a column too few", func(r *record.Record) { o := tableOf(r, "sqlite", "outbox"); o.Columns = o.Columns[1:] }, "outbox (tenant_id, course_id, published, purged) of sqlite is in the running"},
	)
}

func addTable(s *record.Store) { s.Tables = append(s.Tables, record.Table{Name: "notes"}) }

func addColumn(t *record.Table) { t.Columns = append(t.Columns, "teacher") }

func openSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// columnsOfSQLite returns the columns of each table.
func columnsOfSQLite(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	columns := make(map[string][]string)
	for _, table := range texts(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'") {
		columns[table] = texts(t, db, "SELECT name FROM pragma_table_xinfo(?)", table)
	}
	return columns
}

// texts returns the first column of a query.
func texts(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
