package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/ports"
)

// TestMain runs the tests, or the work of a process that a test started.
func TestMain(m *testing.M) {
	if work := os.Getenv("ROSTER_TEST_PROCESS"); work != "" {
		os.Exit(process(work))
	}
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// A database can be opened more than once.
type database struct {
	open    func(ctx context.Context, through wrapper) (store, error)
	schema  func(context.Context) (sqlstore.Schema, error)
	exec    func(t testing.TB, statement string)
	destroy func(testing.TB)
	address string // for another process
	kind    string
	migrate func(testing.TB)
}

// A store is what both packages open.
type store interface {
	ports.Store
	ports.MaintenanceStore
	ports.ErasureStore
	ports.DeadLetterStore
	ports.Outbox
	ports.Locker
	Ready(context.Context) error
	Close() error
}

// databases create a database of each kind.
var databases = map[string]func(testing.TB) database{"sqlite": newSQLite, "postgres": newPostgres}

// migrated returns a migrated SQLite file. To copy it is quicker than to migrate again.
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
	return database{
		address: path,
		kind:    "sqlite",
		migrate: func(testing.TB) {}, // opening it does
		open: func(ctx context.Context, through wrapper) (store, error) {
			return sqlite.Open(ctx, path, sqlite.Through(through.through))
		},
		schema: func(ctx context.Context) (sqlstore.Schema, error) { return sqlite.ReadSchema(ctx, path) },
		exec:   func(t testing.TB, statement string) { execute(t, "sqlite", path, statement) },
		destroy: func(t testing.TB) {
			for _, file := range []string{path, path + "-wal", path + "-shm"} {
				must(t, os.Remove(file))
			}
		},
	}
}

// newPostgres opens stores as users who have the privileges that the store needs, and no others.
func newPostgres(t testing.TB) database {
	url := pgtest.Reused(t, postgres.Migrate)
	serve, read := pgtest.User(t, url, "roster_serve", "roster_upkeep", "roster_relay"), pgtest.User(t, url, "roster_read")
	return database{
		address: serve,
		kind:    "postgres",
		migrate: func(t testing.TB) { must(t, postgres.Migrate(t.Context(), url)) },
		open: func(ctx context.Context, through wrapper) (store, error) {
			options := []postgres.Option{postgres.ReadAt(read), postgres.Through(through.through)}
			if c, ok := through.(interface{ configure(*pgx.ConnConfig) }); ok {
				options = append(options, postgres.Configured(c.configure))
			}
			return postgres.Open(ctx, serve, options...)
		},
		schema: func(ctx context.Context) (sqlstore.Schema, error) { return postgres.ReadSchema(ctx, url) },
		exec: func(t testing.TB, statement string) {
			pgtest.Discard(url)
			execute(t, "pgx", url, statement)
		},
		destroy: func(t testing.TB) {
			pgtest.Discard(url)
			execute(t, "pgx", url, "DROP TABLE courses, standings, journal, replies, outbox, dead_letters, unpublished, last_published, goose_db_version; DROP FUNCTION add_unpublished")
		},
	}
}

func execute(t testing.TB, driver, source, statement string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	must(t, err)
}

// onEach runs a test on each kind of database.
func onEach(t *testing.T, test func(t *testing.T, db database)) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}

// store opens the database until the test ends.
func (db database) store(t testing.TB) store { return db.through(t, plain{}) }

// A wrapper is between a store and its connections.
type wrapper interface {
	through(driver.Connector) driver.Connector
}

type plain struct{}

func (plain) through(c driver.Connector) driver.Connector { return c }

func (db database) through(t testing.TB, through wrapper) store {
	t.Helper()
	s, err := db.open(t.Context(), through)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
