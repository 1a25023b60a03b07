package promises_test

import (
	"net/http"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

// An upgrade migrates first. Until it is replaced, a running process is alive and ready on the newer tables, and decides. A process of the
// version before does not start on them.
func TestRunningProcessServesOnNewerTables(t *testing.T) {
	t.Parallel()
	s := setup{url: pgtest.Database(t, postgres.Migrate), data: t.TempDir()}
	c, _, _ := s.serve(t)
	pool := openPool(t, s.url)
	if _, err := pool.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/healthz", ""},
		{"GET", "/readyz", ""},
		{"PUT", "/v1/courses/go-101", `{"title":"Go","capacity":1}`},
		{"POST", "/v1/courses/go-101/enrollments", `{"learnerId":"ada"}`},
	} {
		if status, _, content, err := c.do(r.method, r.path, r.body); err != nil || status >= http.StatusBadRequest {
			t.Errorf("%s %s: %d, %v\n%s", r.method, r.path, status, err, content)
		}
	}
	if code, _, stderr := s.run(t, "", "serve", "--addr", "127.0.0.1:0", "--admin-addr", "off"); code != 4 {
		t.Errorf("another process on newer tables: exit %d, want 4\n%s", code, stderr)
	}
}
