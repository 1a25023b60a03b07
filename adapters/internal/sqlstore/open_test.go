package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/ports"
)

// A program does not open the tables of a newer one. One that has opened them before stays ready, while it is replaced: else a migration
// would end all requests until the first newer process is ready.
func TestNewerSchema(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		must(t, s.Ready(t.Context()))
		newer := latest(t, db.kind) + 1
		db.exec(t, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", newer))
		must(t, s.Ready(t.Context()))
		_, err := db.open(t.Context(), plain{})
		want := fmt.Sprintf("database schema is version %d, this program knows up to %d: use a newer roster", newer, latest(t, db.kind))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
		if schema, err := db.schema(t.Context()); err != nil || schema.Version != newer || schema.Latest != latest(t, db.kind) {
			t.Errorf("got %+v, %v", schema, err)
		}
	})
}

// A migration that arrives with a lower number than the tables' version, as from another branch, is no success without its tables.
func TestMigrationThatWasPassedOver(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		must(t, s.Ready(t.Context()))
		db.exec(t, "DELETE FROM goose_db_version WHERE version_id = (SELECT min(version_id) FROM goose_db_version WHERE version_id > 0)")
		_, schemaErr := db.schema(t.Context())
		_, openErr := db.open(t.Context(), plain{})
		for what, err := range map[string]error{"schema": schemaErr, "open": openErr, "ready": s.Ready(t.Context())} {
			if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "never runs") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Ready fails when the database is gone, even if connections still answer.
func TestReadyWithoutDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		must(t, s.Ready(t.Context()))
		db.destroy(t)
		if err := s.Ready(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

// Ready fails when the database can be read, but commits nothing.
func TestReadyWithoutWrites(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.through(t, faults{commit: func(_, rollback func() error) error {
			return errors.Join(errors.New("the disk is full"), rollback())
		}})
		if err := s.Ready(t.Context()); err == nil {
			t.Error("Ready returned nil")
		}
	})
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
	file = filepath.Join(t.TempDir(), "roster.db")
	must(t, os.Mkdir(file+".lock", 0o700))
	if _, err := sqlite.Open(t.Context(), file); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("with a lock that cannot be taken: got %v", err)
	}
}

// A path may have characters that a URL reserves.
func TestOddPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a dir", "100%?x=1#y.db")
	if schema, err := sqlite.ReadSchema(t.Context(), path); err != nil || schema.Version != 0 || schema.Latest != latest(t, "sqlite") {
		t.Errorf("got %+v, %v", schema, err)
	}
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	must(t, change(t.Context(), s, "c", grow))
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Error(err)
	}
}

func TestUnmigrated(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, nil)
	_, err := postgres.Open(t.Context(), url)
	if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), `run "roster migrate"`) {
		t.Errorf("got %v", err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := postgres.Migrate(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := postgres.Open(t.Context(), url)
	must(t, err)
	must(t, s.Close())
}

// Without a write-ahead log a reader makes a writer wait. A copy by VACUUM INTO has none until it is opened.
func TestOpenOfACopy(t *testing.T) {
	t.Parallel()
	copied := filepath.Join(t.TempDir(), "copy.db")
	newSQLite(t).exec(t, "VACUUM INTO '"+copied+"'")
	s, err := sqlite.Open(t.Context(), copied)
	must(t, err)
	defer s.Close()
	must(t, s.Ready(t.Context()))
	if _, err := os.Stat(copied + "-wal"); err != nil {
		t.Error(err)
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	if _, err := postgres.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none"); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// Ids are compared byte by byte, as in Go, whatever the database's collation is.
func TestIDsCompareByBytes(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t, postgres.Migrate))
	must(t, err)
	defer conn.Close(context.Background())
	var columns int
	must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name IN ('tenant_id', 'course_id', 'learner_id', 'subject', 'name')
		AND collation_name IS DISTINCT FROM 'C'`).Scan(&columns))
	if columns > 0 {
		t.Errorf("%d columns have another collation", columns)
	}
}
