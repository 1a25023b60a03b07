package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres/pgtest"
)

// A test that ends leaves its database without rows to a later test, even if it has left a session with a lock. A discarded
// database is dropped. The test is not parallel: another would take its databases.
func TestReusedDatabase(t *testing.T) {
	use := func(t *testing.T) (url string, conn *pgx.Conn) {
		url = pgtest.Reused(t, Migrate)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM courses, set_config('app.tenant', 't', false)").Scan(&n); err != nil || n != 0 {
			t.Fatalf("%d courses of an earlier test, %v", n, err)
		}
		return url, conn
	}
	var first, second, third string
	t.Run("left with a row and a lock", func(t *testing.T) {
		var conn *pgx.Conn
		first, conn = use(t)
		for _, statement := range []string{
			"SET app.tenant = 't'", "INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, " +
				"waitlist_length, sequence, revision) VALUES ('t', 'c', 'T', 1, true, true, 0, 0, 1, 1)",
			"BEGIN", "LOCK TABLE courses IN EXCLUSIVE MODE",
		} {
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("discarded", func(t *testing.T) {
		var conn *pgx.Conn
		second, conn = use(t)
		pgtest.Discard(second)
		conn.Close(t.Context())
	})
	t.Run("after it", func(t *testing.T) {
		var conn *pgx.Conn
		third, conn = use(t)
		conn.Close(t.Context())
	})
	if first != second || second == third {
		t.Errorf("the databases are %s, %s and %s, want the first twice", first, second, third)
	}
}
