package record_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
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

// compareTables compares the tables of a store with those of a database, each as its name and its columns.
func compareTables(r record.Record, store string, observed []string) []string {
	var recorded []string
	for _, t := range storeOf(&r, store).Tables {
		recorded = append(recorded, fmt.Sprintf("%s (%s)", t.Name, strings.Join(t.Columns, ", ")))
	}
	return differences(store, recorded, observed)
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
		observed = append(observed, fmt.Sprintf("%s (%s)", table, strings.Join(columns, ", ")))
	}
	requireTruth(t, func(r record.Record) []string { return compareTables(r, "sqlite", observed) }, map[string]func(*record.Record){
		"a table too many": func(r *record.Record) {
			s := storeOf(r, "sqlite")
			s.Tables = append(s.Tables, record.Table{Name: "notes"})
		},
		"a table too few":   func(r *record.Record) { s := storeOf(r, "sqlite"); s.Tables = s.Tables[1:] },
		"a column too many": func(r *record.Record) { c := tableOf(r, "sqlite", "courses"); c.Columns = append(c.Columns, "teacher") },
		"a column too few":  func(r *record.Record) { c := tableOf(r, "sqlite", "courses"); c.Columns = c.Columns[:3] },
	})
}

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
	for _, table := range strings.Fields(scalar(t, db, "SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'")) {
		columns[table] = strings.Fields(scalar(t, db, fmt.Sprintf("SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", table)))
	}
	return columns
}

// scalar returns the one value of a query.
func scalar(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
