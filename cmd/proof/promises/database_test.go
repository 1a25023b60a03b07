package promises_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // driver "sqlite"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports/portstest"
)

// What a query answers, a line for each row.
func (s setup) query(t testing.TB, text string) (lines []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "roster.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// breakCounts makes the database differ from its journal.
func (s setup) breakCounts(t testing.TB) {
	t.Helper()
	s.query(t, "UPDATE courses SET seats_taken = seats_taken + 1 RETURNING course_id")
}

var space = regexp.MustCompile(`\s+`)

func TestSQLite(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	s.must(t, "", "migrate")
	var lines []string
	for _, text := range s.query(t, "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master") {
		lines = append(lines, space.ReplaceAllString(text, " "))
	}
	lines = append(lines, prefixed("applied: ", s.query(t, "SELECT version_id FROM goose_db_version WHERE is_applied"))...)
	hold(t, "sqlite", lines)
}

// Databases know migrations by the numbers in the names of their files.
func TestMigrationFiles(t *testing.T) {
	t.Parallel()
	var lines []string
	root := os.DirFS(filepath.Join("..", "..", "..", "adapters"))
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if database, name, found := strings.Cut(path, "/migrations/"); found && filepath.Ext(name) == ".sql" {
			lines = append(lines, database+"/"+name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	hold(t, "migrations", lines)
}

const catalog = `
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || collation_name, '') ||
	CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT 'role ' || rolname || CASE WHEN rolcanlogin THEN ' login' ELSE '' END || CASE WHEN rolbypassrls THEN ' bypassrls' ELSE '' END
	FROM pg_roles WHERE rolname LIKE 'roster%' AND rolname NOT LIKE 'roster_test%' AND rolname <> 'roster'
UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || permissive || ' ' || cmd || ' ' || roles::text || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '')
	FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'row security ' || relname || ' ' || relrowsecurity || ' ' || relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
UNION ALL SELECT 'grant ' || privilege_type || ' ' || table_name || ' to ' || grantee FROM information_schema.table_privileges
	WHERE table_schema = 'public' AND grantee LIKE 'roster%' AND grantee NOT LIKE 'roster_test%'
UNION ALL SELECT 'grant ' || privilege_type || ' ' || table_name || '.' || column_name || ' to ' || grantee FROM information_schema.column_privileges
	WHERE table_schema = 'public' AND grantee LIKE 'roster%' AND grantee NOT LIKE 'roster_test%'
UNION ALL SELECT 'storage ' || relname || ' ' || array_to_string(reloptions, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
UNION ALL SELECT 'applied ' || version_id FROM goose_db_version WHERE is_applied`

func texts(t testing.TB, conn interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, query string, args ...any) []string {
	t.Helper()
	found, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.Database(t, postgres.Migrate))
	hold(t, "postgres", texts(t, pool, catalog))
}

func openPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// advisory are the advisory locks of a database, held or waited for. A key is a number; a text stands for the key that is made of it.
const advisory = `SELECT ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks
	WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

// The advisory locks keep processes of different builds apart, and the channel has one build hear of another's commits.
func TestLocksAndChannel(t *testing.T) {
	t.Parallel()
	s := setup{url: pgtest.Database(t, postgres.Migrate), data: t.TempDir()}
	pool := openPool(t, s.url)
	var lines []string
	_, _, stop := s.serve(t)
	portstest.Eventually(t, "serve holds two locks", func() bool { return len(texts(t, pool, advisory)) == 2 })
	lines = append(lines, prefixed("serve holds ", texts(t, pool, advisory))...)
	for _, text := range []string{"roster turn relay", "roster turn schedule"} { // says what the numbers are
		lines = append(lines, text+": "+texts(t, pool, "SELECT hashtextextended($1, 0)::text", text)[0])
	}

	listener, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close(context.WithoutCancel(t.Context()))
	if _, err := listener.Exec(t.Context(), "LISTEN roster_journal"); err != nil {
		t.Fatal(err)
	}
	s.must(t, "", "course", "put", "a", "--title", "A", "--capacity", "1")
	waiting, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	heard, err := listener.WaitForNotification(waiting)
	if err != nil {
		t.Fatal("no notification on roster_journal of a commit: ", err)
	}
	sender, courses, _ := strings.Cut(heard.Payload, "\n")
	if sender == "" {
		t.Errorf("a notification without a sender: %q", heard.Payload)
	}
	lines = append(lines, fmt.Sprintf("notification on %s: SENDER\\n%q", heard.Channel, courses))
	stop()

	empty := setup{url: pgtest.Database(t, nil), data: t.TempDir()}
	lines = append(lines, "migrate waits for "+empty.migrationLock(t))
	hold(t, "locks", lines)
}

// migrationLock returns the key of the lock that migrate takes on an empty database: migrate does not end while the test holds it.
func (s setup) migrationLock(t testing.TB) string {
	t.Helper()
	pool := openPool(t, s.url)
	const key = "4097083626" // the session lock of goose
	holder, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock($1::text::bigint)", key); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() { code, _, _ := s.run(t, "", "migrate"); ended <- code }()
	const asking = `SELECT query_start::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
		AND query LIKE '%pg_try_advisory_lock%'`
	asked := make(map[string]bool)
	portstest.Eventually(t, "migrate asks for the lock again", func() bool {
		for _, at := range texts(t, pool, asking) {
			asked[at] = true
		}
		return len(asked) > 1 || len(ended) > 0
	})
	if len(ended) > 0 {
		t.Errorf("migrate does not wait for the lock %s", key)
	}
	if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_unlock($1::text::bigint)", key); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != 0 {
		t.Errorf("migrate: exit %d", code)
	}
	return key
}
