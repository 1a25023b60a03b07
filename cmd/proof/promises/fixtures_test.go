package promises_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports/portstest"
)

// Fixtures are what the build of a revision left behind: testdata/fixtures/REVISION says which. Make them again from it, or add those of a
// later one, with make fixtures.
var fixturesOf = flag.String("fixtures", "", "build the program of this `REVISION`, and make testdata/fixtures with it")

const unpublished = `SELECT coalesce(sum(j.sequence > coalesce(o.published, 0)), 0)
	FROM journal j LEFT JOIN outbox o ON o.tenant_id = j.tenant_id AND o.course_id = j.course_id`

// later has replies under keys be those of this user, who may be called otherwise than who made the fixture, and be fresh for long.
func later(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return "UPDATE replies SET replied_at = '2099-01-01 00:00:00+00:00', subject = CASE WHEN subject LIKE 'cli:%' THEN 'cli:" +
		strings.ReplaceAll(u.Username, "'", "''") + "' ELSE subject END"
}

func TestMakeFixtures(t *testing.T) {
	if *fixturesOf == "" {
		t.Skip("no -fixtures")
	}
	program := buildRevision(t, *fixturesOf)
	t.Run("sqlite", func(t *testing.T) {
		s := setup{data: t.TempDir(), program: program}
		count := func(query string) int { return atoi(t, s.query(t, "SELECT cast(("+query+") AS TEXT)")[0]) }
		begin(t, s, func() func() { return s.lockSQLite(t) },
			func() bool { return count(unpublished) == 0 },
			func() int { return count("SELECT count(*) FROM standings WHERE course_id = 'bulk'") })
		writeFixture(t, "sqlite.tar.gz", pack(t, s.data))
		found := resumeSQLite(t, s)
		writeStory(t, "sqlite", found)
		whole := setup{data: t.TempDir(), program: program} // in which nothing is killed
		whole.must(t, "", "course", "put", "bulk", "--title", "Bulk", "--capacity", "900")
		report := importInput(t, whole, s.data)
		delete(report, "replayed")
		if !maps.Equal(textOf(report), textOf(found.Import)) {
			t.Errorf("the continued import reports %v, and one that was not killed %v", found.Import, report)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		s := setup{url: pgtest.Database(t, postgres.Migrate), data: t.TempDir(), program: program}
		pool := openPool(t, asOwner(t, s.url))
		begin(t, s, func() func() { return func() {} },
			func() bool {
				return texts(t, pool, strings.ReplaceAll(unpublished, "sum(j.sequence > coalesce(o.published, 0))", "sum((j.sequence > coalesce(o.published, 0))::int)")+"::text")[0] == "0"
			},
			func() int {
				return atoi(t, texts(t, pool, "SELECT count(*)::text FROM standings WHERE course_id = 'bulk'")[0])
			})
		dump := exec.CommandContext(t.Context(), "pg_dump", "--inserts", "--rows-per-insert=1000", "--no-owner", asOwner(t, s.url))
		text, err := dump.Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		var kept strings.Builder
		for _, line := range lines {
			if !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, `\`) { // comments, and what is for psql alone
				kept.WriteString(line)
			}
		}
		csv, err := os.ReadFile(filepath.Join(s.data, input))
		if err != nil {
			t.Fatal(err)
		}
		writeFixture(t, "postgres.sql.gz", []byte(kept.String()))
		writeFixture(t, "postgres.csv.gz", csv)
		s.data = t.TempDir() // the queue is not part of this fixture
		writeFile(t, s.data, input, string(csv))
		writeStory(t, "postgres", resumePostgreSQL(t, s))
	})
	if err := os.WriteFile(filepath.Join("testdata", "fixtures", "REVISION"), []byte(*fixturesOf+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// This build goes on with a data directory of an older one.
func TestOldDataDirectory(t *testing.T) {
	t.Parallel()
	s := setup{data: filepath.Join(t.TempDir(), "data")}
	unpack(t, readFixture(t, "sqlite.tar.gz"), s.data)
	requireStory(t, "sqlite", resumeSQLite(t, s))
}

// This build goes on with a PostgreSQL database of an older one.
func TestOldPostgreSQL(t *testing.T) {
	t.Parallel()
	pgtest.Database(t, postgres.Migrate) // makes the roles, which a dump does not hold
	s := setup{data: t.TempDir(), url: pgtest.Database(t, nil)}
	owner, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, s.url, string(readFixture(t, "postgres.sql.gz")))
	execute(t, asOwner(t, s.url), "GRANT roster_upkeep, roster_relay TO "+owner.User.Username())
	writeFile(t, s.data, input, string(readFixture(t, "postgres.csv.gz")))
	s.must(t, "", "migrate")
	if out := s.must(t, "", "migrate", "--status"); strings.Contains(out, "missing") || strings.Contains(out, "compared") {
		t.Errorf("an older database lacks what it had: %s", out)
	}
	requireStory(t, "postgres", resumePostgreSQL(t, s))
}

func execute(t *testing.T, url, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), statements, pgx.QueryExecModeSimpleProtocol)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func resumeSQLite(t *testing.T, s setup) story {
	t.Helper()
	s.query(t, later(t)+" RETURNING name")
	from := make(map[string]int) // the first sequence that is to be published, by course
	for _, line := range s.query(t, "SELECT course_id || ' ' || coalesce((SELECT published FROM outbox o WHERE o.course_id = c.course_id), 0) FROM courses c") {
		course, mark, _ := strings.Cut(line, " ")
		from[course] = atoi(t, mark) + 1
	}
	return resume(t, s, func() bool { return publishesAll(t, s, from) })
}

func resumePostgreSQL(t *testing.T, s setup) story {
	t.Helper()
	pool := openPool(t, asOwner(t, s.url))
	if _, err := pool.Exec(t.Context(), later(t)); err != nil {
		t.Fatal(err)
	}
	from := make(map[string]int)
	for _, line := range texts(t, pool, "SELECT course_id || ' ' || coalesce((SELECT published FROM outbox o WHERE o.course_id = c.course_id), 0) FROM courses c") {
		course, mark, _ := strings.Cut(line, " ")
		from[course] = atoi(t, mark) + 1
	}
	return resume(t, s, func() bool { return publishesAll(t, s, from) })
}

// publishesAll runs serve with the broker inside until the queue is empty and all events from these sequences on are published, each once
// and in order.
func publishesAll(t *testing.T, s setup, from map[string]int) bool {
	t.Helper()
	var stop func()
	if s.program != "" {
		stop = s.serveProcess(t).stop
	} else {
		_, _, stop = s.serve(t)
	}
	defer stop()
	js := jetStream(t, s.broker(t))
	defer js.Conn().Close()
	portstest.Eventually(t, "the queue is empty", func() bool {
		queue, err := js.Stream(t.Context(), "ROSTER_COMMANDS")
		return err == nil && queue.CachedInfo().State.Msgs == 0
	})
	want := make(map[string]int) // the last sequence
	for line := range strings.Lines(s.must(t, "", "--json", "course", "list")) {
		var c struct {
			CourseID string
			Sequence int
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		want[c.CourseID] = c.Sequence
	}
	var got map[string][]int
	portstest.Eventually(t, "all is published", func() bool {
		got = sequences(t, js)
		for course, last := range want {
			if last >= from[course] && (len(got[course]) == 0 || got[course][len(got[course])-1] < last) {
				return false
			}
		}
		return true
	})
	for course, first := range from {
		next := first
		for _, n := range got[course] {
			if n >= first && n != next {
				t.Fatalf("%s: event %d is published in the place of %d", course, n, next)
			}
			if n >= first {
				next++
			}
		}
		if next != want[course]+1 {
			t.Fatalf("%s: %d events, and published until %d", course, want[course], next-1)
		}
	}
	return true
}

// lockSQLite keeps every other process from writing until unlock is called.
func (s setup) lockSQLite(t *testing.T) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "roster.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback(); _ = db.Close() }
}

// asOwner returns the URL of a database for the server's owner, for whom row-level security does not hold.
func asOwner(t testing.TB, database string) string {
	t.Helper()
	server, err1 := url.Parse(pgtest.Server(t))
	of, err2 := url.Parse(database)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	server.Path = of.Path
	return server.String()
}

func atoi(t testing.TB, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func textOf(report map[string]any) map[string]string {
	texts := make(map[string]string)
	for name, value := range report {
		texts[name] = fmt.Sprint(value)
	}
	return texts
}
