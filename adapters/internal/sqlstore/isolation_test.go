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

// A table with what fills one row of it, a column that may be written again, the role that sees all tenants' rows, and what
// each who is not its owner may do with those of his tenant.
type table struct {
	name, columns, values, again, role string
	may                                map[string]string
}

var tables = []table{
	{"courses", "course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision",
		"'T', 1, true, true, 0, 0, 1, 1", "sequence", "relay",
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
	{"dead_letters", "letter_id, subject, role, key, body, reason, detail, tries, buried_at",
		"'queue', 'staff', 'k', '', 'internal', '', 1, now()", "tries", "",
		map[string]string{"serve": "select insert update delete"}},
}

// insert adds a row of a tenant, whose key begins with id.
func (t table) insert(tenant, id string) string {
	return fmt.Sprintf("INSERT INTO %s (tenant_id, %s) VALUES ('%s', '%s', %s)", t.name, t.columns, tenant, id, t.values)
}

// What may be tried on a table. A transaction that has set its tenant to "own" tries it on the rows of own, and of other.
var verbs = map[string]func(t table, tenant string) string{
	"select": func(t table, tenant string) string {
		return fmt.Sprintf("SELECT tenant_id FROM %s WHERE tenant_id = '%s'", t.name, tenant)
	},
	"insert": func(t table, tenant string) string { return t.insert(tenant, "new") },
	"update": func(t table, tenant string) string {
		return fmt.Sprintf("UPDATE %s SET %s = %s WHERE tenant_id = '%s'", t.name, t.again, t.again, tenant)
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

// A party is somebody who is connected.
type party struct {
	name string
	conn *pgx.Conn
	take string // a statement that his transactions begin with
	all  bool   // whether he may do with all tenants' rows what he may with his tenant's
}

func parties(t *testing.T, url string) []*party {
	all := []*party{
		{name: "owner"},
		{name: "roster_serve"},
		{name: "roster_read"},
		{name: "roster_upkeep"},
		{name: "roster_upkeep", take: "SET LOCAL ROLE roster_upkeep", all: true},
		{name: "roster_relay"},
		{name: "roster_relay", take: "SET LOCAL ROLE roster_relay", all: true},
		{name: "nobody"},
	}
	for _, p := range all {
		address := url
		switch p.name {
		case "owner":
		case "nobody":
			address = pgtest.User(t, url)
		default:
			address = pgtest.User(t, url, p.name)
		}
		conn, err := pgx.Connect(t.Context(), address)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		p.conn = conn
	}
	return all
}

// may is what he may do with a table.
func (p *party) may(t table) string {
	if p.name == "owner" {
		return "select insert update delete give-away"
	}
	return t.may[strings.TrimPrefix(p.name, "roster_")]
}

const refused = "refused"

// expect is what comes of a verb: how many rows, or refused. set is the tenant that the transaction has set.
func (p *party) expect(verb string, t table, set, tenant string) string {
	may := p.may(t)
	switch {
	case verb == "give-away" && strings.Contains(may, verb):
		if set == tenant {
			return refused // by the policy
		}
		return "0"
	case verb == "read-all" && strings.Contains(may, "select"):
		if p.all {
			return "1"
		}
		return "0"
	case verb == "insert" && set != tenant && !p.all, !strings.Contains(may, verb):
		return refused
	case p.all || set == tenant:
		return "1"
	}
	return "0"
}

// try runs a verb in a transaction that is rolled back, all in one message.
func (p *party) try(ctx context.Context, verb string, t table, set, tenant string) (string, error) {
	conn := p.conn.PgConn()
	tried, err := conn.Exec(ctx, fmt.Sprintf("BEGIN; %s; SELECT set_config('app.tenant', '%s', true); %s; ROLLBACK",
		p.take, set, verbs[verb](t, tenant))).ReadAll()
	if err == nil {
		return fmt.Sprint(tried[len(tried)-2].CommandTag.RowsAffected()), nil
	}
	if said, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); !ok || said.SQLState() != "42501" {
		return "", err
	}
	_, err = conn.Exec(ctx, "ROLLBACK").ReadAll()
	return refused, err
}

// matrix tries every verb on these tables as everybody, on his own rows and those of another, with and without a tenant
// set, and returns what came out otherwise than expected.
func matrix(t *testing.T, parties []*party, tables ...table) (wrong []string) {
	t.Helper()
	for _, p := range parties {
		for _, table := range tables {
			for verb := range verbs {
				for _, set := range []string{"own", ""} {
					for _, tenant := range []string{"own", "other"} {
						got, err := p.try(t.Context(), verb, table, set, tenant)
						must(t, err)
						if want := p.expect(verb, table, set, tenant); got != want {
							wrong = append(wrong, fmt.Sprintf("%s%s: %s of %s's %s, set %q: %s, want %s",
								p.name, p.take, verb, tenant, table.name, set, got, want))
						}
					}
				}
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// The database itself keeps tenants apart, and roles to what they are for. Where a policy is broken, the matrix shows it.
func TestIsolation(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	all := parties(t, url)
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
		for spoil, mend := range map[string]string{
			"DROP POLICY tenant ON %s":                    "CREATE POLICY tenant ON %s USING " + sound,
			"ALTER POLICY tenant ON %s USING (true)":      "ALTER POLICY tenant ON %s USING " + sound,
			"ALTER TABLE %s DISABLE ROW LEVEL SECURITY":   "ALTER TABLE %s ENABLE ROW LEVEL SECURITY",
			"ALTER TABLE %s NO FORCE ROW LEVEL SECURITY":  "ALTER TABLE %s FORCE ROW LEVEL SECURITY",
			"CREATE POLICY more ON %s USING (true)":       "DROP POLICY more ON %s",
			"GRANT INSERT ON %s TO roster_read":           "REVOKE INSERT ON %s FROM roster_read",
			"ALTER POLICY tenant ON %s WITH CHECK (true)": "DROP POLICY tenant ON %[1]s; CREATE POLICY tenant ON %[1]s USING " + sound,
		} {
			exec(fmt.Sprintf(spoil, table.name))
			wrong := matrix(t, all, table, next)
			if len(wrong) == 0 {
				t.Errorf("the matrix does not catch: "+spoil, table.name)
			}
			for _, w := range wrong {
				if !strings.Contains(w, table.name) {
					t.Errorf(spoil+" shows elsewhere: %s", table.name, w)
				}
			}
			exec(fmt.Sprintf(mend, table.name))
		}
	}
	for _, table := range tables {
		if table.role == "" {
			continue
		}
		// A member would see all without taking the role.
		exec(fmt.Sprintf("ALTER POLICY %s ON %s USING (true)", table.role, table.name))
		if wrong := matrix(t, all, table); len(wrong) == 0 {
			t.Errorf("the matrix does not catch that members inherit the policy on %s", table.name)
		}
		exec(fmt.Sprintf("ALTER POLICY %s ON %s USING (current_user = 'roster_%[1]s')", table.role, table.name))
	}
	if wrong := matrix(t, all, tables...); len(wrong) > 0 {
		t.Errorf("not mended: %s", strings.Join(wrong, "\n"))
	}
}

// A connection that has read for one tenant shows the next reader nothing of him.
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
		_, err = s.Standing(t.Context(), tenant, "c", "nobody") // nothing found is no error of the connection
		if !errors.Is(err, domain.ErrNotEnrolled) {
			t.Errorf("got %v", err)
		}
		rows, err := last.(driver.QueryerContext).QueryContext(t.Context(),
			"SELECT count(*), current_setting('app.tenant', true) FROM courses", nil)
		must(t, err)
		found := make([]driver.Value, 2)
		must(t, rows.Next(found))
		must(t, rows.Close())
		if found[0] != int64(0) || found[1] != "" {
			t.Errorf("after a read the connection sees %v courses, of tenant %q", found[0], found[1])
		}
	}
}

// watched tells of each connection that a query is sent on.
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

// Who may not take on a role is told so, and neither sees nor removes anything.
func TestRolesAreNeeded(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	s, err := postgres.Open(t.Context(), pgtest.User(t, url, "roster_serve"))
	must(t, err)
	defer s.Close()
	must(t, change(t.Context(), s, "c", grow))
	message := ports.Message{Tenant: tenant, Entry: ports.Entry{Event: domain.Event{Course: "c", Sequence: 1}}}
	for _, c := range []struct {
		needs, act string
		err        func() error
	}{
		{"roster_upkeep", "expire", func() error { _, err := s.Expire(t.Context(), at); return err }},
		{"roster_relay", "purge", func() error { _, err := s.Purge(t.Context(), at); return err }},
		{"roster_relay", "look", func() error { _, err := s.Unpublished(t.Context(), ports.CourseRef{}, 1); return err }},
		{"roster_relay", "measure", func() error { _, err := s.Backlog(t.Context()); return err }},
		{"roster_relay", "mark", func() error { return s.MarkPublished(t.Context(), []ports.Message{message}) }},
	} {
		want := fmt.Sprintf("permission denied to set role %q", c.needs)
		if err := c.err(); !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", c.act, err)
		}
	}
}

// Where the roles are missing and can't be made, the migrations say what to do. Other tests need the roles of this server,
// so the migrations are told of ones that nobody has.
func TestMigrateWithoutRoles(t *testing.T) {
	t.Parallel()
	url := pgtest.User(t, pgtest.Database(t, nil))
	for file, want := range map[string]string{
		"00002_isolation.sql": "CREATE ROLE absent_serve; CREATE ROLE absent_read; CREATE ROLE absent_upkeep;",
		"00003_bus.sql":       "CREATE ROLE absent_relay;",
	} {
		migration, err := os.ReadFile("../../postgres/migrations/" + file)
		must(t, err)
		_, block, _ := strings.Cut(string(migration), "-- +goose StatementBegin\n")
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
