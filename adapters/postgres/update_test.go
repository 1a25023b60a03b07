package postgres

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// fill creates a course of 20,000 learners, of whom half wait. The planner has no statistics of them.
const fill = `
	SET app.tenant = 't';
	INSERT INTO courses VALUES ('t', 'c', 'T', 10000, true, true, 10000, 10000, 20001, 1);
	INSERT INTO standings SELECT 't', 'c', 'l' || i, 'e' || i, CASE WHEN i % 2 = 0 THEN 'enrolled' ELSE 'waitlisted' END, i + 1, now()
		FROM generate_series(1, 20000) AS i;
	INSERT INTO replies SELECT 't', 's', 'k' || i, 'f', now(), 'j[]' FROM generate_series(1, 20000) AS i`

// A plan that was made while the tables were empty reads few rows when they are full.
func TestPlansOfEmptyTables(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, Migrate)
	conn := updateConn(t, url)
	careless := strings.ReplaceAll(loadStandings, "BETWEEN w.learner_id AND w.learner_id", "= w.learner_id")
	for statement, values := range map[string]string{
		loadStandings: "'{c}', '{l1}'", loadWaitlists: "'{c}', '{2}'", loadReplies: "'{s}', '{k1}'", careless: "'{c}', '{l1}'",
		loadStanding:        "'c', 'l1'",
		updateStandings.one: "'c', 'l1', 'e', 'withdrawn', 1, now()", renameStanding: "'c', 'l1', 'zoe'",
	} {
		rowsRead(t, conn, statement, values) // plans
	}
	other, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer other.Close(context.Background())
	_, err = other.Exec(t.Context(), "ALTER TABLE standings SET (autovacuum_enabled = false); "+fill, pgx.QueryExecModeSimpleProtocol)
	must(t, err)

	for statement, values := range map[string]string{
		loadStandings: "'{c,c,c}', '{l1,l20000,nobody}'", loadWaitlists: "'{c}', '{2}'", loadReplies: "'{s,s}', '{k1,k20000}'",
		loadStanding:        "'c', 'l20000'",
		updateStandings.one: "'c', 'l20000', 'e', 'withdrawn', 1, now()", renameStanding: "'c', 'l20000', 'zoe'",
	} {
		if n := rowsRead(t, conn, statement, values); n > 6 {
			t.Errorf("%s reads %d rows", statement, n)
		}
	}
	if n := rowsRead(t, conn, careless, "'{c}', '{l20000}'"); n < 1000 {
		t.Errorf("a plan with another index is not caught: it reads %d rows", n)
	}
}

// A plan for the locks of courses that was made while there were few or none reads no other course when there are many.
func TestPlanOfLockedCourses(t *testing.T) {
	t.Parallel()
	const careless = `SELECT * FROM courses WHERE tenant_id = $1 AND course_id = ANY ($2::text[]) ORDER BY course_id FOR NO KEY UPDATE`
	url := pgtest.Database(t, Migrate)
	other, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer other.Close(context.Background())
	_, err = other.Exec(t.Context(), "SET app.tenant = 't'; ALTER TABLE courses SET (autovacuum_enabled = false)", pgx.QueryExecModeSimpleProtocol)
	must(t, err)
	var conns []*pgx.Conn
	total := 0
	for _, courses := range []int{0, 1, 100, 1000, 3000} {
		_, err := other.Exec(t.Context(), `INSERT INTO courses SELECT 't', 'c' || i, 'T', 1, true, true, 0, 0, 1, 1 FROM generate_series($1::int, $2::int) AS i`, total+1, courses)
		must(t, err)
		total = courses
		conn := updateConn(t, url)
		for _, statement := range []string{lockCourses, careless} {
			rowsRead(t, conn, statement, "'{c1,c2}'") // plans
		}
		rowsRead(t, conn, lockCourse, "'c1'")
		conns = append(conns, conn)
	}
	caught := 0
	for i, conn := range conns {
		if n := rowsRead(t, conn, lockCourses, "'{c1,c2000,nothing}'"); n > 3 {
			t.Errorf("connection %d reads %d courses to lock two of three", i, n)
		}
		if n := rowsRead(t, conn, lockCourse, "'c2000'"); n > 1 {
			t.Errorf("connection %d reads %d courses to lock one", i, n)
		}
		caught = max(caught, rowsRead(t, conn, careless, "'{c1,c2000}'"))
	}
	if caught < total {
		t.Errorf("a plan that reads all courses is not caught: it reads %d", caught)
	}
}

// updateConn returns a connection of Updates.
func updateConn(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	config, err := parse(url)
	must(t, err)
	pool, err := newUpdatePool(config, new(generation), 1)
	must(t, err)
	t.Cleanup(pool.Close)
	conn, err := pool.Acquire(t.Context())
	must(t, err)
	t.Cleanup(conn.Release)
	return conn.Conn()
}

// rowsRead runs a statement for tenant t and returns how many rows of tables that read.
func rowsRead(t *testing.T, conn *pgx.Conn, statement, values string) int {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), setTenant, "t")
	must(t, err)
	prepared, err := tx.Prepare(t.Context(), statement, statement)
	must(t, err)
	var plan []byte
	must(t, tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE "+prepared.Name+" ('t', "+values+")").Scan(&plan))
	var explained []struct{ Plan step }
	must(t, json.Unmarshal(plan, &explained))
	return explained[0].Plan.read()
}

type step struct {
	Relation string  `json:"Relation Name"`
	Found    float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Below    []step  `json:"Plans"`
}

func (s step) read() (rows int) {
	if s.Relation != "" {
		rows = int((s.Found + s.Removed) * s.Loops)
	}
	for _, below := range s.Below {
		rows += below.read()
	}
	return rows
}

// A transaction takes two round trips, whatever the number of rows.
func TestTwoRoundTrips(t *testing.T) {
	t.Parallel()
	config, err := parse(pgtest.Database(t, Migrate))
	must(t, err)
	count := &trace{}
	config.Tracer = count
	pool, err := newUpdatePool(config, new(generation), 1)
	must(t, err)
	defer pool.Close()
	must(t, pool.Ping(t.Context())) // connects
	at := time.Now().UTC()
	for _, n := range []int{1, 500} {
		need := ports.Need{Tenant: "t", Keys: []ports.IdempotencyKey{{Subject: "s", Name: "k"}}}
		rows := sqlstore.WriteSet{}
		for i := range n {
			id := domain.CourseID("c" + strings.Repeat("x", i%50) + string(rune('a'+i/50)))
			need.Courses = append(need.Courses, ports.NeedCourse{ID: id, Learners: []domain.LearnerID{"ada"}, FirstWaiting: 1})
			standing := sqlstore.StandingRow{TenantID: "t", CourseID: id, LearnerID: "ada", Status: "enrolled", Sequence: 1, Since: at}
			rows.RenameStandings = append(rows.RenameStandings, sqlstore.RenamedRow{TenantID: "t",
				RenamedStanding: ports.RenamedStanding{Course: id, From: "bob", To: "zoe"}})
			if n == 1 {
				rows.InsertStandings = append(rows.InsertStandings, standing)
			} else {
				rows.UpdateStandings = append(rows.UpdateStandings, standing)
			}
		}
		*count = trace{}
		tx, _, err := beginOn(pool, false)(t.Context(), t.Context(), need)
		must(t, err)
		must(t, tx.Save(t.Context(), rows))
		tx.End()
		if count.batches != 2 || count.queries != 0 {
			t.Errorf("%d courses: %d batches and %d queries", n, count.batches, count.queries)
		}
	}
}

// A trace counts the messages of a connection.
type trace struct{ batches, queries int }

func (c *trace) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.batches++
	return ctx
}
func (*trace) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*trace) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (c *trace) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.queries++
	return ctx
}
func (*trace) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
