package sqlstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"

	"example.com/roster/cmd/bare/adapters/sqlite"
	"example.com/roster/cmd/bare/ports"
)

// latest returns the highest number of a migration.
func latest(t *testing.T) int64 {
	t.Helper()
	files, err := filepath.Glob("../../sqlite/migrations/*.sql")
	must(t, err)
	var last int64
	for _, file := range files {
		n, err := goose.NumericComponent(file)
		must(t, err)
		last = max(last, n)
	}
	return last
}

// A program does not open the tables of a newer one.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	must(t, db.store(t).Ready(t.Context()))
	newer := latest(t) + 1
	db.execute(t, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", newer))
	_, err := db.open(t.Context())
	want := fmt.Sprintf("database schema is version %d, this program knows up to %d: use a newer roster", newer, latest(t))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	if schema, err := sqlite.ReadSchema(t.Context(), db.path); err != nil || schema.Version != newer || schema.Latest != latest(t) {
		t.Errorf("got %+v, %v", schema, err)
	}
}

// A migration that arrives with a lower number than the tables' version, as from another branch, is no success without its tables.
func TestMigrationThatWasPassedOver(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	must(t, db.store(t).Ready(t.Context()))
	db.execute(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
	db.execute(t, "DELETE FROM goose_db_version WHERE version_id = (SELECT min(version_id) FROM goose_db_version WHERE version_id > 0)")
	_, schemaErr := sqlite.ReadSchema(t.Context(), db.path)
	_, openErr := db.open(t.Context())
	for what, err := range map[string]error{"schema": schemaErr, "open": openErr} {
		if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "never runs") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Processes that open a missing database at once migrate it once.
func TestConcurrentOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := sqlite.Open(t.Context(), path)
			if err == nil {
				err = errors.Join(s.Ready(t.Context()), s.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Ready reports that the database file is gone, although open connections still work.
func TestReadyWithoutDatabase(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	s := db.store(t)
	must(t, s.Ready(t.Context()))
	must(t, os.Remove(db.path))
	if err := s.Ready(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestFileThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := sqlite.Open(t.Context(), filepath.Join(file, "roster.db"))
	if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), file+": not a directory") {
		t.Errorf("got %v", err)
	}
	must(t, os.WriteFile(file, []byte(strings.Repeat("not a database ", 100)), 0o600))
	if _, err := sqlite.Open(t.Context(), file); !errors.Is(err, ports.ErrInternal) {
		t.Errorf("got %v", err)
	}
}

// Without a write-ahead log a reader makes a writer wait. A copy by VACUUM INTO has none until it is opened.
func TestOpenOfACopy(t *testing.T) {
	t.Parallel()
	copied := filepath.Join(t.TempDir(), "copy.db")
	newSQLite(t).execute(t, "VACUUM INTO '"+copied+"'")
	s, err := sqlite.Open(t.Context(), copied)
	must(t, err)
	defer s.Close()
	must(t, s.Ready(t.Context()))
	if _, err := os.Stat(copied + "-wal"); err != nil {
		t.Error(err)
	}
}

// A path may contain characters that have a meaning in a URL.
func TestOddPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a dir", "100%?x=1#y.db")
	if schema, err := sqlite.ReadSchema(t.Context(), path); err != nil || schema.Version != 0 || schema.Latest != latest(t) {
		t.Errorf("got %+v, %v", schema, err)
	}
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	must(t, s.Ready(t.Context()))
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Error(err)
	}
}
