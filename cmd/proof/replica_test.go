package proof_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports/portstest"
)

// While the replica for queries is away, commands are answered, also by a process that starts then, and /readyz says which part is
// down: else the loss of what only spares the database would take every process out of service.
func TestLostReplica(t *testing.T) {
	t.Parallel()
	primary := startNode(t, pgtest.NewNode)
	if err := postgres.Migrate(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	replica := startNode(t, primary.NewStandby)
	s := system{name: "replica", url: primary.URL, data: t.TempDir()}
	start := func() (c client, stop func()) {
		addr, stop := s.start(t, new(bytes.Buffer), "--log-level", "error", "--database-read-url", replica.URL)
		c = newClient(t, "http://"+addr)
		c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
		return c, stop
	}
	ask := func(c client, want int, method, path, body string) string {
		t.Helper()
		code, _, content, err := c.do(method, path, "", body)
		if err != nil || code != want {
			t.Errorf("%s %s: %d, %v, want %d\n%s", method, path, code, err, want, content)
		}
		return string(content)
	}
	c, stop := start()
	ask(c, 201, "PUT", "/v1/courses/before", `{"title":"T","capacity":1}`)
	portstest.Eventually(t, "the replica has the course", func() bool {
		code, _, _, err := c.do("GET", "/v1/courses/before", "", "")
		return err == nil && code == 200
	})
	if got := ask(c, 200, "GET", "/readyz", ""); !strings.Contains(got, `"queries":"ok"`) {
		t.Errorf("with the replica: %s", got)
	}

	replica.Stop()
	for _, when := range []string{"lost", "away at the start"} {
		portstest.Eventually(t, "queries are down", func() bool {
			return strings.Contains(ask(c, 200, "GET", "/readyz", ""), `"queries":"down"`)
		})
		ask(c, 201, "PUT", "/v1/courses/"+url.PathEscape(when), `{"title":"T","capacity":1}`)
		ask(c, 503, "GET", "/v1/courses", "")
		if !t.Failed() {
			stop()
			c, stop = start()
		}
	}
	defer stop()
	missing, err := url.Parse(primary.URL)
	if err != nil {
		t.Fatal(err)
	}
	missing.Path = "/missing"
	if other, err := postgres.Open(t.Context(), primary.URL, postgres.ReadAt(missing.String())); err == nil {
		t.Error("opened with a database that the server does not have: ", other.Close())
	}
}
