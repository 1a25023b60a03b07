package app

import (
	"context"
	"fmt"
	"slices"

	"example.com/roster/adapters/postgres"
	"example.com/roster/cmd/roster/record"
)

// describePostgres describes the store that machines share, with the rights of each role. A user of the flags is a member of roles.
func describePostgres(ctx context.Context, r *record.Record) error {
	const source = "adapters/postgres/migrations"
	everywhere := []string{"serve", "worker", "command-line"}
	for _, user := range []record.Use{
		{Name: "postgresql", Title: "the database that machines share, for all that the service does", Flag: "--database-url",
			RequiredFor: "several machines", IfDown: "requests get 503", By: everywhere},
		{Name: "postgresql-read", Title: "the database or a replica, for queries", Flag: "--database-read-url",
			IfDown: "queries get 503", By: everywhere},
		{Name: "postgresql-owner", Title: "the database, to migrate its tables", Flag: "--database-admin-url",
			RequiredFor: "migrations, if the owner is another user", IfDown: "migrate and doctor fail", By: []string{"command-line"}},
	} {
		user.Kind, user.Protocol, user.External, user.Source = "database", "PostgreSQL 3.0 over TCP", true, "cmd/roster/app/postgres.go"
		r.Uses = append(r.Uses, user)
	}
	tables, err := storedTables(ctx)
	if err != nil {
		return err
	}
	accesses, err := postgres.Accesses()
	for _, a := range accesses {
		i := slices.IndexFunc(tables, func(t record.Table) bool { return t.Name == a.Table })
		if i < 0 {
			return fmt.Errorf("a migration of PostgreSQL grants the table %s, which no migration of SQLite makes", a.Table)
		}
		tables[i].Access = append(tables[i].Access, record.Access{
			Role: a.Role, Read: a.Read, Write: append([]string{}, a.Write...), Admin: a.Role == postgres.Owner, Tenant: a.Rows,
		})
	}
	r.Stores = append(r.Stores, record.Store{Name: "postgresql", Title: "a database that the processes of any machines share", Package: "adapters/postgres", Tables: tables, Source: source})
	return err
}
