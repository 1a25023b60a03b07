package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

// Inspect knows the roles that a user may take: directly, through a role that does not inherit, or as the owner of the tables.
func TestInspect(t *testing.T) {
	t.Parallel()
	owner := pgtest.Database(t, postgres.Migrate)
	through := pgtest.User(t, owner, "roster_serve")
	u, err := url.Parse(through)
	if err != nil {
		t.Fatal(err)
	}
	between := strings.Replace(u.User.Username(), "roster_test_", "roster_test_between_", 1)
	server, err := url.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	run(t, server.String(), fmt.Sprintf("CREATE ROLE %s NOINHERIT; GRANT roster_upkeep, roster_relay TO %[1]s; GRANT %[1]s TO %s", between, u.User.Username()))
	t.Cleanup(func() { drop(t, server.String(), between) })
	for _, c := range []struct {
		url    string
		lacks  []string
		exempt bool
	}{
		{owner, nil, false},
		{through, nil, false},
		{pgtest.User(t, owner, "roster_serve"), []string{"roster_relay", "roster_upkeep"}, false},
		{pgtest.User(t, owner), []string{"roster_serve", "roster_relay", "roster_upkeep"}, false},
		{server.String(), nil, true},
	} {
		got, err := postgres.Inspect(t.Context(), c.url)
		if err != nil || !slices.Equal(got.Lacks, c.lacks) || got.Exempt != c.exempt || got.User == "" || got.Server == "" || got.Clock.IsZero() {
			t.Errorf("%+v, %v, want %v", got, err, c)
		}
	}
}

// drop drops a role after the test, whose context has ended.
func drop(t *testing.T, url, role string) {
	t.Helper()
	conn, err := pgx.Connect(context.WithoutCancel(t.Context()), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "DROP ROLE "+role); err != nil {
		t.Error(err)
	}
}
