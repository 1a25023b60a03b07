package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A table has values that fill one row, a column that may be updated, the role that sees the rows of all tenants, and the
// privileges of each role on the rows of its own tenant.
type table struct {
	name, columns, values, updated, role string
	privileges                           map[string]string
}

var tables = []table{
	{"courses", "course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision, announced",
		"'T', 1, true, true, 0, 0, 1, 1, 1", "sequence", "relay",
		map[string]string{"serve": "select insert update give-away", "read": "select", "relay": "select"}},
	{"standings", "course_id, learner_id, enrollment_id, status, sequence, since", "'ada', 'e', 'enrolled', 1, now()", "status", "",
		map[string]string{"serve": "select insert update give-away", "read": "select"}},
	{"journal", "course_id, sequence, entry_id, correlation, type, occurred_at", "1, 'id', '', 'course.opened', now()",
		"learner_id", "relay",
		map[string]string{"serve": "select insert update", "read": "select", "relay": "select delete"}},
	{"replies", "name, subject, fingerprint, replied_at, outcomes", "'ada', 'f', now(), ''", "outcomes", "upkeep",
		map[string]string{"serve": "select insert update delete", "upkeep": "select delete"}},
	{"outbox", "course_id, published, purged", "1, 0", "published", "relay",
		map[string]string{"serve": "select update", "read": "select", "relay": "select insert update"}},
	{"unpublished", "spans, events, occurred_at", "1, now()", "events", "relay",
		map[string]string{"serve": "select insert delete", "relay": "select delete"}},
	{"dead_letters", "letter_id, subject, role, key, body, reason, detail, tries, buried_at",
		"'queue', 'staff', 'k', '', 'internal', '', 1, now()", "tries", "",
		map[string]string{"serve": "select insert update delete"}},
}

// insert adds a row of a tenant, whose key begins with id.
func (t table) insert(tenant, id string) string {
	return fmt.Sprintf("INSERT INTO %s (tenant_id, %s) VALUES ('%s', '%s', %s)", t.name, t.columns, tenant, id, t.values)
}

// The verbs that are tried on a table. A transaction whose tenant is "own" tries them on the rows of own, and of other.
var verbs = map[string]func(t table, tenant string) string{
	"select": func(t table, tenant string) string {
		return fmt.Sprintf("SELECT tenant_id FROM %s WHERE tenant_id = '%s'", t.name, tenant)
	},
	"insert": func(t table, tenant string) string { return t.insert(tenant, "new") },
	"update": func(t table, tenant string) string {
		return fmt.Sprintf("UPDATE %s SET %s = %s WHERE tenant_id = '%s'", t.name, t.updated, t.updated, tenant)
	},
	"delete": func(t table, tenant string) string {
		return fmt.Sprintf("DELETE FROM %s WHERE tenant_id = '%s'", t.name, tenant)
	},
	"give-away": func(t table, tenant string) string {
		return fmt.Sprintf("UPDATE %s SET tenant_id = 'third' WHERE tenant_id = '%s'", t.name, tenant)
	},
	"read-all": func(t table, _ string) string {
		return fmt.Sprintf("SELECT tenant_id FROM %s WHERE tenant_id <> 'own'", t.name)
	},
}

// A user is a connection with the privileges of a role.
type user struct {
	name    string
	conn    *pgx.Conn
	setRole string // a statement that the transactions begin with
	all     bool   // whether the privileges are for the rows of all tenants
}

func users(t *testing.T, url string) []*user {
	all := []*user{
		{name: "owner"},
		{name: "roster_serve"},
		{name: "roster_read"},
		{name: "roster_upkeep"},
		{name: "roster_upkeep", setRole: "SET LOCAL ROLE roster_upkeep", all: true},
		{name: "roster_relay"},
		{name: "roster_relay", setRole: "SET LOCAL ROLE roster_relay", all: true},
		{name: "none"},
	}
	for _, u := range all {
		address := url
		switch u.name {
		case "owner":
		case "none":
			address = pgtest.User(t, url)
		default:
			address = pgtest.User(t, url, u.name)
		}
		conn, err := pgx.Connect(t.Context(), address)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		u.conn = conn
	}
	return all
}

// privileges returns what the user may do with a table.
func (u *user) privileges(t table) string {
	if u.name == "owner" {
		return "select insert update delete give-away"
	}
	return t.privileges[strings.TrimPrefix(u.name, "roster_")]
}

const refused = "refused"

// expect returns the result of a verb: how many rows, or refused. set is the tenant that the transaction has set.
func (u *user) expect(verb string, t table, set, tenant string) string {
	may := u.privileges(t)
	switch {
	case verb == "give-away" && strings.Contains(may, verb):
		if set == tenant {
			return refused // by the policy
		}
		return "0"
	case verb == "read-all" && strings.Contains(may, "select"):
		if u.all {
			return "1"
		}
		return "0"
	case verb == "insert" && set != tenant && !u.all, !strings.Contains(may, verb):
		return refused
	case u.all || set == tenant:
		return "1"
	}
	return "0"
}

// try runs a statement in a transaction that is rolled back, all in one message. It returns how many rows, or refused.
func (u *user) try(ctx context.Context, set, statement string) (string, error) {
	conn := u.conn.PgConn()
	results, err := conn.Exec(ctx, fmt.Sprintf("BEGIN; %s; SELECT set_config('app.tenant', '%s', true); %s; ROLLBACK",
		u.setRole, set, statement)).ReadAll()
	if err == nil {
		return fmt.Sprint(results[len(results)-2].CommandTag.RowsAffected()), nil
	}
	if e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); !ok || e.SQLState() != "42501" {
		return "", err
	}
	_, err = conn.Exec(ctx, "ROLLBACK").ReadAll()
	return refused, err
}

// matrix tries every verb on these tables as every user, on rows of the own tenant and of another, with and without a tenant
// set. It returns the results that are not as expected.
func matrix(t *testing.T, users []*user, tables ...table) (wrong []string) {
	t.Helper()
	for _, u := range users {
		for _, table := range tables {
			for verb := range verbs {
				for _, set := range []string{"own", ""} {
					for _, tenant := range []string{"own", "other"} {
						got, err := u.try(t.Context(), set, verbs[verb](table, tenant))
						must(t, err)
						if want := u.expect(verb, table, set, tenant); got != want {
							wrong = append(wrong, fmt.Sprintf("%s%s: %s of %s's %s, set %q: %s, want %s",
								u.name, u.setRole, verb, tenant, table.name, set, got, want))
						}
					}
				}
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// The database itself keeps tenants apart, and roles to their privileges. If a policy is broken, the matrix shows it.
func TestIsolation(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	all := users(t, url)
	owner := all[0].conn
	exec := func(statement string, args ...any) {
		t.Helper()
		_, err := owner.Exec(t.Context(), statement, args...)
		must(t, err)
	}
	for _, tenant := range []string{"own", "other"} {
		exec("SELECT set_config('app.tenant', $1, false)", tenant)
		for _, table := range tables {
			exec(table.insert(tenant, "old"))
		}
	}
	exec("RESET app.tenant")
	if wrong := matrix(t, all, tables...); len(wrong) > 0 {
		t.Fatalf("%s", strings.Join(wrong, "\n"))
	}

	const sound = "(tenant_id = nullif(current_setting('app.tenant', true), ''))"
	for i, table := range tables {
		next := tables[(i+1)%len(tables)]
		for damage, repair := range map[string]string{
			"DROP POLICY tenant ON %s":                    "CREATE POLICY tenant ON %s USING " + sound,
			"ALTER POLICY tenant ON %s USING (true)":      "ALTER POLICY tenant ON %s USING " + sound,
			"ALTER TABLE %s DISABLE ROW LEVEL SECURITY":   "ALTER TABLE %s ENABLE ROW LEVEL SECURITY",
			"ALTER TABLE %s NO FORCE ROW LEVEL SECURITY":  "ALTER TABLE %s FORCE ROW LEVEL SECURITY",
			"CREATE POLICY more ON %s USING (true)":       "DROP POLICY more ON %s",
			"GRANT INSERT ON %s TO roster_read":           "REVOKE INSERT ON %s FROM roster_read",
			"ALTER POLICY tenant ON %s WITH CHECK (true)": "DROP POLICY tenant ON %[1]s; CREATE POLICY tenant ON %[1]s USING " + sound,
		} {
			exec(fmt.Sprintf(damage, table.name))
			wrong := matrix(t, all, table, next)
			if len(wrong) == 0 {
				t.Errorf("the matrix does not catch: "+damage, table.name)
			}
			for _, w := range wrong {
				if !strings.Contains(w, table.name) {
					t.Errorf(damage+" shows elsewhere: %s", table.name, w)
				}
			}
			exec(fmt.Sprintf(repair, table.name))
		}
	}
	for _, table := range tables {
		if table.role == "" {
			continue
		}
		// A member would see all rows without setting the role.
		exec(fmt.Sprintf("ALTER POLICY %s ON %s USING (true)", table.role, table.name))
		if wrong := matrix(t, all, table); len(wrong) == 0 {
			t.Errorf("the matrix does not catch that members inherit the policy on %s", table.name)
		}
		exec(fmt.Sprintf("ALTER POLICY %s ON %s USING (current_user = 'roster_%[1]s')", table.role, table.name))
	}
	if wrong := matrix(t, all, tables...); len(wrong) > 0 {
		t.Errorf("not repaired: %s", strings.Join(wrong, "\n"))
	}
}

// A connection that has read for one tenant shows the next reader no row of that tenant.
func TestReadLeavesNoTenant(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	var last driver.Conn
	s, err := postgres.Open(t.Context(), url, postgres.Through(func(c driver.Connector) driver.Connector {
		return watched{c, func(conn driver.Conn) { last = conn }}
	}))
	must(t, err)
	defer s.Close()
	must(t, change(t.Context(), s, "c", grow))
	last = nil
	for range 2 {
		_, err = s.Course(t.Context(), tenant, "c")
		must(t, err)
		_, err = s.Standing(t.Context(), tenant, "c", "nobody") // no row is not an error of the connection
		if !errors.Is(err, domain.ErrNotEnrolled) {
			t.Errorf("got %v", err)
		}
		rows, err := last.(driver.QueryerContext).QueryContext(t.Context(),
			"SELECT count(*), current_setting('app.tenant', true) FROM courses", nil)
		must(t, err)
		row := make([]driver.Value, 2)
		must(t, rows.Next(row))
		must(t, rows.Close())
		if row[0] != int64(0) || row[1] != "" {
			t.Errorf("after a read the connection sees %v courses, of tenant %q", row[0], row[1])
		}
	}
}

// watched calls used with each connection that a query is sent on.
type watched struct {
	driver.Connector
	used func(driver.Conn)
}

func (w watched) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := w.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return watchedConn{conn.(connection), w.used}, nil
}

type watchedConn struct {
	connection
	used func(driver.Conn)
}

func (c watchedConn) QueryContext(ctx context.Context, query string, values []driver.NamedValue) (driver.Rows, error) {
	c.used(c.connection)
	return c.connection.QueryContext(ctx, query, values)
}

// A user who is not a member of a role gets an error that names the role.
func TestRolesAreNeeded(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	s, err := postgres.Open(t.Context(), pgtest.User(t, url, "roster_serve"))
	must(t, err)
	defer s.Close()
	must(t, change(t.Context(), s, "c", grow))
	for _, c := range []struct {
		role, method string
		err          func() error
	}{
		{"roster_upkeep", "expire", func() error { _, err := s.Expire(t.Context(), at); return err }},
		{"roster_relay", "purge", func() error { _, err := s.Purge(t.Context(), at); return err }},
		{"roster_relay", "unpublished", func() error { _, err := s.Unpublished(t.Context(), 1); return err }},
		{"roster_relay", "has event", func() error { _, err := s.HasEvent(t.Context(), ports.EventRef{}); return err }},
		{"roster_relay", "published last", func() error { _, err := s.LastPublished(t.Context()); return err }},
		{"roster_relay", "backlog", func() error { _, err := s.Backlog(t.Context()); return err }},
		{"roster_relay", "mark published", func() error { return s.MarkPublished(t.Context(), []ports.OutboxRecord{{ID: 1}}) }},
	} {
		want := fmt.Sprintf("permission denied to set role %q", c.role)
		if err := c.err(); !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", c.method, err)
		}
	}
}

// If roles are missing and can't be created, the migrations say what to do. Other tests need the roles of this server, so
// the names in the migrations are replaced.
func TestMigrateWithoutRoles(t *testing.T) {
	t.Parallel()
	url := pgtest.User(t, pgtest.Database(t, nil))
	for file, want := range map[string]string{
		"00002_isolation.sql": "CREATE ROLE absent_serve; CREATE ROLE absent_read; CREATE ROLE absent_upkeep;",
		"00003_bus.sql":       "CREATE ROLE absent_relay;",
	} {
		migration, err := os.ReadFile("../../postgres/migrations/" + file)
		must(t, err)
		_, block, _ := strings.Cut(string(migration), "-- +goose StatementBegin")
		block, _, found := strings.Cut(block, "-- +goose StatementEnd")
		if !found {
			t.Fatalf("%s has no block that makes roles", file)
		}
		conn, err := pgx.Connect(t.Context(), url)
		must(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(t.Context(), strings.ReplaceAll(block, "roster_", "absent_"))
		first, _, _ := strings.Cut(strings.TrimPrefix(want, "CREATE ROLE "), ";")
		want = "may not create it; have an administrator run: " + want
		if err == nil || !strings.Contains(err.Error(), "the role "+first+" is missing") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", file, err)
		}
	}
}
