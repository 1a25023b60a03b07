package record_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/record"
)

// A grantee is a role on a table of a database.
type grantee struct{ role, table string }

// compareAccess compares what the roles may do with a database. A right is "select title", or "insert" for the whole table.
func compareAccess(r record.Record, observed map[grantee][]string) (all []string) {
	recorded := make(map[grantee][]string)
	for _, t := range storeOf(&r, "postgresql").Tables {
		for _, a := range t.Access {
			recorded[grantee{a.Role, t.Name}] = rightsOf(t, a)
		}
	}
	for g := range recorded {
		all = append(all, differences("right of "+g.role+" on "+g.table+":", recorded[g], observed[g])...)
	}
	for g, rights := range observed {
		if recorded[g] == nil {
			all = append(all, differences("right of "+g.role+" on "+g.table+":", nil, rights)...)
		}
	}
	return all
}

// rightsOf returns a right for each column and verb.
func rightsOf(t record.Table, a record.Access) (rights []string) {
	add := func(verb string, columns []string) {
		if columns == nil || slices.Equal(columns, []string{"*"}) {
			columns = t.Columns
		}
		for _, c := range columns {
			rights = append(rights, verb+" "+c)
		}
	}
	if len(a.Read) > 0 {
		add("select", a.Read)
	}
	for _, write := range a.Write {
		switch verb, columns, some := strings.Cut(strings.TrimSuffix(write, ")"), " ("); {
		case verb == "delete" || verb == "truncate":
			rights = append(rights, verb)
		case some:
			add(verb, strings.Split(columns, ", "))
		default:
			add(verb, nil)
		}
	}
	if a.Admin {
		rights = append(rights, "admin")
	}
	return append(rights, "to see tenants: "+a.Tenant)
}

// PostgreSQL is asked about every role, table, column and right, and each answer is tried by a statement.
func TestAccessToPostgreSQL(t *testing.T) {
	t.Parallel()
	owner := pgtest.Database(t, postgres.Migrate)
	address, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), asSuperuser(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	p := privileged{t, conn, address.User.Username()}
	tables := p.column(`SELECT format('%s (%s) of postgresql', relname, string_agg(attname, ', ' ORDER BY attnum)) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped GROUP BY relname`)
	observed := p.observe()
	if escapes := p.escapes(); len(escapes) > 0 {
		t.Errorf("%q run with the rights of their owner for every caller: the record does not have such rights", escapes)
	}
	if _, err := conn.Exec(t.Context(), "CREATE FUNCTION pg_temp.learners() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT learner_id FROM standings'"); err != nil {
		t.Fatal(err)
	}
	if escapes := p.escapes(); len(escapes) != 1 {
		t.Errorf("of a planted function with its owner's rights, %q is found", escapes)
	}
	compare := func(r record.Record) []string {
		return append(compareTables(r, "postgresql", tables), compareAccess(r, observed)...)
	}
	access := func(r *record.Record, table, role string) *record.Access {
		return find(tableOf(r, "postgresql", table).Access, func(a record.Access) bool { return a.Role == role })
	}
	catches(t, compare,
		lie{"a table too many", func(r *record.Record) { addTable(storeOf(r, "postgresql")) }, "table notes () of postgresql is in the record, and not"},
		lie{"a column too many", func(r *record.Record) { addColumn(tableOf(r, "postgresql", "outbox")) }, "purged, teacher) of postgresql is in the record, and not"},
		lie{"a grant too many", func(r *record.Record) { a := access(r, "journal", "roster_serve"); a.Write = append(a.Write, "delete") },
			"right of roster_serve on journal: delete is in the record, and not"},
		lie{"a grant too few", func(r *record.Record) { access(r, "journal", "roster_relay").Write = nil }, "right of roster_relay on journal: delete is in the running"},
		lie{"a column to read too many", func(r *record.Record) { access(r, "replies", "roster_upkeep").Read = []string{"*"} },
			"right of roster_upkeep on replies: select outcomes is in the record, and not"},
		lie{"a column to write too few", func(r *record.Record) { access(r, "journal", "roster_serve").Write[1] = "update (learner_id)" },
			"right of roster_serve on journal: update previous_learner_id is in the running"},
		lie{"a role too few", func(r *record.Record) { c := tableOf(r, "postgresql", "courses"); c.Access = c.Access[1:] },
			"right of roster_serve on " + "courses" + ": select title is in the running"},
		lie{"a role too many", func(r *record.Record) { access(r, "courses", "roster_read").Role = "roster_all" }, "right of roster_all on " + "courses" + ": select title is in the record, and not"},
		lie{"an owner too many", func(r *record.Record) { access(r, "courses", "roster_serve").Admin = true }, "right of roster_serve on " + "courses" + ": admin is in the record, and not"},
		lie{"one tenant instead of all", func(r *record.Record) { access(r, "journal", "roster_relay").Tenant = "one" }, "roster_relay on journal: to see tenants: one is in the record, and not"},
		lie{"all tenants instead of one", func(r *record.Record) { access(r, "journal", "roster_serve").Tenant = "all" }, "roster_serve on journal: to see tenants: all is in the record, and not"},
		lie{"one tenant instead of none", func(r *record.Record) { access(r, "last_published", "owner").Tenant = "one" }, "owner on last_published: to see tenants: none is in the running"},
		lie{"tenants of a table without", func(r *record.Record) { access(r, "goose_db_version", "roster_serve").Tenant = "all" }, "on goose_db_version: to see tenants: all is in the record, and not"},
	)
}

// asSuperuser returns the URL of a database for a user who sees all rows.
func asSuperuser(t *testing.T, database string) string {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	superuser, err := url.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	superuser.Path = address.Path
	return superuser.String()
}

func openAsSuperuser(t *testing.T, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", asSuperuser(t, database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// privileged asks a database as the superuser.
type privileged struct {
	*testing.T
	conn  *pgx.Conn
	owner string
}

func (p privileged) column(query string, args ...any) []string {
	p.Helper()
	rows, err := p.conn.Query(p.Context(), query, args...)
	if err != nil {
		p.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.Fatalf("%s: %v", query, err)
	}
	return all
}

// escapes returns the functions through which a role does what it has no right to.
func (p privileged) escapes() []string {
	p.Helper()
	return p.column(`SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace
		WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema')`)
}

// observe returns the rights of all roles that are granted anything, and of the owner.
func (p privileged) observe() map[grantee][]string {
	p.Helper()
	p.fill()
	observed := make(map[grantee][]string)
	roles := p.column(`SELECT DISTINCT coalesce(rolname, 'public') FROM (
			SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
			UNION SELECT (aclexplode(attacl)).grantee FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
			UNION SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') AS g LEFT JOIN pg_roles ON pg_roles.oid = grantee`)
	for _, role := range roles {
		for _, table := range p.column("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'") {
			rights := p.column(`SELECT verb || ' ' || attname FROM pg_attribute, unnest(ARRAY['select', 'insert', 'update', 'references']) AS verb
				WHERE attrelid = $2::regclass AND attnum > 0 AND NOT attisdropped AND has_column_privilege($1, attrelid, attnum, verb)
				UNION ALL SELECT verb FROM unnest(ARRAY['delete', 'truncate', 'trigger']) AS verb WHERE has_table_privilege($1, $2::regclass, verb)
				UNION ALL SELECT 'admin' FROM pg_class WHERE oid = $2::regclass AND pg_has_role($1, relowner, 'USAGE')`, role, table)
			p.try(role, table, rights)
			if slices.Contains(rights, "admin") { // it includes these
				rights = slices.DeleteFunc(rights, func(r string) bool { return strings.HasPrefix(r, "references ") || r == "trigger" })
			}
			if len(rights) > 0 {
				name := role
				if role == p.owner {
					name = "owner"
				}
				observed[grantee{name, table}] = append(rights, "to see tenants: "+p.tenants(role, table))
			}
		}
	}
	return observed
}

// fill adds a row of each of two tenants, or one row if a table may have no more.
func (p privileged) fill() {
	p.Helper()
	for _, statement := range p.column(`SELECT format('INSERT INTO %I (%s) SELECT %s FROM unnest(ARRAY[''a'', ''b'']) AS tenant ON CONFLICT DO NOTHING', relname,
			string_agg(quote_ident(attname), ', '), string_agg(CASE WHEN attname = 'tenant_id' THEN 'tenant' WHEN atttypid = 'text'::regtype THEN '''x'''
				WHEN atttypid = 'bigint'::regtype THEN '1' WHEN atttypid = 'boolean'::regtype THEN 'true' WHEN atttypid = 'bytea'::regtype THEN '''''' ELSE 'now()' END, ', '))
		FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
			AND NOT attisdropped AND attidentity = '' AND relname <> 'goose_db_version' GROUP BY relname`) {
		if _, err := p.conn.Exec(p.Context(), statement); err != nil {
			p.Fatalf("%s: %v", statement, err)
		}
	}
}

// tenants finds out whose rows a role sees, without a tenant and with one.
func (p privileged) tenants(role, table string) string {
	p.Helper()
	if p.column("SELECT count(*)::text FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'tenant_id'", table)[0] == "0" {
		return ""
	}
	all := p.column("SELECT count(DISTINCT tenant_id)::text FROM " + table)[0]
	seen := func(tenant string) string {
		tx, err := p.conn.Begin(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		defer tx.Rollback(context.Background())
		var n string
		p.column("SELECT set_config('app.tenant', $1, true)", tenant)
		p.column("SELECT set_config('role', $1, true)", role)
		if err := tx.QueryRow(p.Context(), "SELECT count(DISTINCT tenant_id)::text FROM "+table).Scan(&n); err != nil {
			p.Fatalf("%s on %s: %v", role, table, err)
		}
		return n
	}
	switch without, with := seen(""), seen("a"); {
	case without == all:
		return "all"
	case without == "0" && with == "1":
		return "one"
	case without == "0" && with == "0":
		return "none"
	default:
		return fmt.Sprintf("%s, and %s with a tenant, of %s", without, with, all)
	}
}

// try runs a statement for each right, and requires that it is permitted exactly if the role has the right.
func (p privileged) try(role, table string, rights []string) {
	p.Helper()
	statements := map[string]string{"delete": "DELETE FROM " + table + " WHERE false", "truncate": "TRUNCATE " + table}
	for _, c := range p.column("SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''", table) {
		statements["select "+c] = fmt.Sprintf("SELECT %s FROM %s LIMIT 0", c, table)
		statements["insert "+c] = fmt.Sprintf("INSERT INTO %[2]s (%[1]s) SELECT NULL WHERE false", c, table)
		statements["update "+c] = fmt.Sprintf("UPDATE %[2]s SET %[1]s = NULL WHERE false", c, table)
	}
	for right, statement := range statements {
		tx, err := p.conn.Begin(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		p.column("SELECT set_config('role', $1, true)", role)
		_, err = tx.Exec(p.Context(), statement)
		_ = tx.Rollback(p.Context())
		refused, ok := errors.AsType[*pgconn.PgError](err)
		if err != nil && (!ok || refused.Code != "42501") {
			p.Errorf("%s: %s: %v", role, statement, err)
		} else if (err == nil) != slices.Contains(rights, right) {
			p.Errorf("%s: %s: %v, and PostgreSQL says that its rights are %q", role, statement, err, rights)
		}
	}
}
