package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/roster/adapters/postgres"
)

const migrateAsOwner = `run "roster migrate" as the owner of the tables`

// postgresChecks are for a database at a URL, whose tables belong to the user of another URL.
func (c configuration) postgresChecks(owner string) []check {
	var user postgres.Inspection
	var schema postgres.Schema
	return []check{{name: "database", flag: "--database-url", try: func(ctx context.Context) (_ string, err error) {
		if user, err = postgres.Inspect(ctx, c.DatabaseURL); err != nil {
			return "", broken("start the server, or correct --database-url", err)
		}
		return fmt.Sprintf("PostgreSQL %s answers %s", user.Server, user.User), nil
	}}, {name: "database clock", try: func(context.Context) (string, error) {
		return tryClock("the database's", "the times of decisions and locks depend on it", user.Asked, user.Clock, user.Answered)
	}}, {name: "migrations", flag: "--database-admin-url", try: func(ctx context.Context) (_ string, err error) {
		switch schema, err = postgres.ReadSchema(ctx, owner); {
		case err != nil && schema.Missing != nil: // the next check says so
			return "the tables are there, but this user may not read their version", nil
		case err == nil && schema.Version < schema.Latest:
			return "", broken(migrateAsOwner, fmt.Errorf("the tables are of version %d, this program needs %d", schema.Version, schema.Latest))
		case err == nil && schema.Version > schema.Latest:
			return "", newerTables(schema)
		}
		return fmt.Sprintf("version %d of %d", schema.Version, schema.Latest), err
	}}, {name: "grants", try: func(context.Context) (string, error) {
		if n := len(schema.Missing); n > 0 {
			return "", wrong(migrateAsOwner, "%d roles, grants and policies are missing, first %s", n, schema.Missing[0])
		}
		if schema.NotCompared != "" {
			return "", wrong("name a user who may make temporary tables in --database-admin-url", "they cannot be compared: %s", schema.NotCompared)
		}
		return "as the migrations make them", nil
	}}, {name: "roles", try: func(context.Context) (string, error) {
		if user.Exempt {
			return "", wrong("name a user without these in --database-url",
				"%s is a superuser or has BYPASSRLS, so that row-level security does not keep tenants apart", user.User)
		}
		if len(user.Lacks) > 0 {
			roles := strings.Join(user.Lacks, ", ")
			return "", wrong(fmt.Sprintf("GRANT %s TO %s", roles, user.User), "%s may not take %s", user.User, roles)
		}
		return fmt.Sprintf("%s may take all that serve takes", user.User), nil
	}}, {name: "store", flag: "--database-url or --database-read-url", final: true, try: func(ctx context.Context) (string, error) {
		s, err := postgres.Open(ctx, c.DatabaseURL, postgres.ReadAt(cmp.Or(c.DatabaseReadURL, c.DatabaseURL)))
		if err != nil {
			return "", err
		}
		defer s.Close()
		return "a write was tried and undone", errors.Join(s.Ready(ctx), s.ReadyToQuery(ctx))
	}}}
}
