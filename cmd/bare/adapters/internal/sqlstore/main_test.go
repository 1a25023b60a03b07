package sqlstore_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/cmd/bare/adapters/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A database is an empty database that a test can open more than once.
type database struct {
	open func(context.Context) (*sqlite.Store, error)
	path string
}

// databases has, for each kind, a function that creates a database.
var databases = map[string]func(testing.TB) database{"sqlite": newSQLite}

// migrated returns a SQLite file with current tables. Tests copy it, which is faster than migrating each time.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "roster-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "roster.db")
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func newSQLite(t testing.TB) database {
	path := filepath.Join(t.TempDir(), "roster.db")
	file, err := migrated()
	must(t, err)
	must(t, os.WriteFile(path, file, 0o600))
	return database{func(ctx context.Context) (*sqlite.Store, error) { return sqlite.Open(ctx, path) }, path}
}

// store opens the database until the test ends.
func (db database) store(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := db.open(t.Context())
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (db database) execute(t testing.TB, statement string) {
	t.Helper()
	pool, err := sql.Open("sqlite", db.path)
	must(t, err)
	defer pool.Close()
	_, err = pool.ExecContext(t.Context(), statement)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
