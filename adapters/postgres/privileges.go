package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"

	"example.com/roster/ports"
)

// A dump holds no roles, and a restore on a server without them loses each grant and policy that names one. What the migrations make is
// written in the migrations alone: the comparison runs them in the session's temporary schema, reads what they have made there and
// in the database by one query, and rolls back. So it changes nothing, and it compares an older database with its own version.

// privileges returns, for the tables of a schema, the statements that make their row-level security, their policies, and their grants to
// some roles: other roles may have default privileges, which are no matter of the migrations.
const privileges = `
SELECT format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relname) FROM pg_class WHERE relnamespace = $1 AND relkind = 'r' AND relrowsecurity
UNION ALL
SELECT format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relname) FROM pg_class WHERE relnamespace = $1 AND relkind = 'r' AND relforcerowsecurity
UNION ALL
SELECT format('GRANT %s ON %I TO %s', privilege_type, relname, grantee::regrole)
FROM pg_class, aclexplode(relacl) WHERE relnamespace = $1 AND relkind = 'r' AND grantee IN (SELECT oid FROM pg_roles WHERE rolname = ANY($2))
UNION ALL
SELECT format('GRANT %s (%s) ON %I TO %s', privilege_type, string_agg(quote_ident(attname), ', ' ORDER BY attnum), relname, grantee::regrole)
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND NOT attisdropped, aclexplode(attacl)
WHERE relnamespace = $1 AND relkind = 'r' AND grantee IN (SELECT oid FROM pg_roles WHERE rolname = ANY($2)) GROUP BY relname, grantee, privilege_type
UNION ALL
SELECT format('CREATE POLICY %I ON %I AS %s FOR %s TO %s', policyname, tablename, permissive, cmd,
	(SELECT string_agg(CASE r WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(r) END, ', ' ORDER BY r) FROM unnest(roles) r)) ||
	coalesce(' USING (' || qual || ')', '') || coalesce(' WITH CHECK (' || with_check || ')', '')
FROM pg_policies WHERE schemaname = $1::oid::regnamespace::text
ORDER BY 1`

var (
	roleOf = regexp.MustCompile(`CREATE ROLE (\w+)`)
	named  = regexp.MustCompile(`^CREATE (POLICY \S+ ON \S+) `)
)

// comparePrivileges fills in what [Schema] has about privileges.
func comparePrivileges(ctx context.Context, db *sql.DB, schema *Schema) {
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		defer tx.Rollback()
		schema.Missing, err = missingPrivileges(ctx, tx, schema.Version)
	}
	if err != nil {
		schema.NotCompared = err.Error()
	}
}

// missingPrivileges returns the statements that make what the migrations up to a version have made and the database does not have. It
// changes nothing. If a role is missing that the user may not create, the statements are those for the roles alone.
func missingPrivileges(ctx context.Context, tx *sql.Tx, version int64) (missing []string, err error) {
	migrations, err := upTo(version)
	if err != nil || len(migrations) == 0 {
		return nil, err
	}
	roles := namesOf(migrations)
	missing, err = texts(ctx, tx, "SELECT format('CREATE ROLE %I NOLOGIN', r) FROM unnest($1::text[]) r WHERE to_regrole(quote_ident(r)) IS NULL", roles)
	if err != nil {
		return nil, err
	}
	var real, scratch int64
	var mayCreate bool
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT relnamespace FROM pg_class WHERE oid = to_regclass('goose_db_version')), 0)::bigint,
		(SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)`).Scan(&real, &mayCreate)
	if err != nil || len(missing) > 0 && !mayCreate {
		return missing, err
	}
	made, err := texts(ctx, tx, privileges, real, roles)
	if err != nil {
		return nil, err
	}
	script := "SAVEPOINT scratch; SET LOCAL search_path = pg_temp; CREATE TABLE goose_db_version ();\n" + strings.Join(migrations, "\n")
	script = strings.ReplaceAll(script, "EXECUTE FUNCTION ", "EXECUTE FUNCTION pg_temp.") // it is not found there by its name alone
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return nil, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT pg_my_temp_schema()::bigint").Scan(&scratch); err != nil {
		return nil, err
	}
	expected, err := texts(ctx, tx, privileges, scratch, roles)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT scratch"); err != nil {
		return nil, err
	}
	return append(missing, without(expected, made)...), nil
}

// without returns the expected statements that were not made. A policy that was made in another way has to be dropped first.
func without(expected, made []string) (missing []string) {
	for _, statement := range expected {
		if slices.Contains(made, statement) {
			continue
		}
		policy := named.FindStringSubmatch(statement)
		if policy != nil && slices.ContainsFunc(made, func(m string) bool { return strings.HasPrefix(m, policy[0]) }) {
			statement = drop + policy[1] + "; " + statement
		}
		missing = append(missing, statement)
	}
	return missing
}

const drop = "DROP "

// restorePrivileges makes what is missing, in one transaction. It drops nothing: a policy that was changed stays as it is. What cannot be
// compared is left.
func restorePrivileges(ctx context.Context, db *bun.DB) error {
	schema, err := pgDriver.Schema(ctx, db)
	if err != nil {
		return err
	}
	comparePrivileges(ctx, db.DB, &schema)
	if !slices.ContainsFunc(schema.Missing, restorable) {
		return nil
	}
	if err := restore(ctx, db.DB, schema.Version); err != nil {
		return fmt.Errorf("postgres: %w: make grants and policies again: %v", ports.ErrUnavailable, err)
	}
	return nil
}

func restore(ctx context.Context, db *sql.DB, version int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Other processes that migrate wait. A policy needs its table for a moment, and does not wait for it long.
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '10s'; LOCK TABLE goose_db_version IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return err
	}
	missing, err := missingPrivileges(ctx, tx, version)
	if err != nil {
		return err
	}
	for _, statement := range missing {
		if !restorable(statement) {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return cannotRestore(missing, statement, err)
		}
	}
	return tx.Commit()
}

func restorable(statement string) bool { return !strings.HasPrefix(statement, drop) }

// cannotRestore says what to do if a statement was refused.
func cannotRestore(missing []string, statement string, err error) error {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if ok && refused.Code == "42501" && strings.HasPrefix(statement, "CREATE ROLE") {
		roles := slices.DeleteFunc(slices.Clone(missing), func(s string) bool { return !strings.HasPrefix(s, "CREATE ROLE") })
		return fmt.Errorf("roles are missing, and this user may not create them; have an administrator run: %s; then run \"roster migrate\" again",
			strings.Join(roles, "; "))
	}
	return fmt.Errorf("%s: %w", statement, err)
}

// upTo returns what the migrations up to a version run, in their order.
func upTo(version int64) (all []string, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	for _, file := range files {
		text, err := fs.ReadFile(migrations, file)
		if err != nil {
			return nil, err
		}
		var number int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(file, "migrations/"), "%d_", &number); err != nil {
			return nil, fmt.Errorf("postgres: the number of %s: %w", file, err)
		}
		_, up, _ := strings.Cut(string(text), "-- +goose Up")
		up, _, _ = strings.Cut(up, "-- +goose Down")
		if number <= version {
			all = append(all, up)
		}
	}
	return all, err
}

// namesOf returns the roles that migrations create.
func namesOf(migrations []string) (roles []string) {
	for _, m := range roleOf.FindAllStringSubmatch(strings.Join(migrations, ""), -1) {
		roles = append(roles, m[1])
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
