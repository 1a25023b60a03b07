package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/postgres"
	"example.com/roster/domain"
)

// postgresUsers are the URLs of PostgreSQL for other users than the one that serves.
type postgresUsers struct{ DatabaseReadURL, DatabaseAdminURL string }

func (c *postgresUsers) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.DatabaseReadURL, "database-read-url", "", "Run queries on PostgreSQL at `URL`, as a user with read access only.")
	f.StringVar(&c.DatabaseAdminURL, "database-admin-url", "", "Migrate PostgreSQL at `URL`, as the user who owns the tables.")
	addSecretFile(f, "database-read-url")
	addSecretFile(f, "database-admin-url")
}

// queryParts returns the part of /readyz that queries need, if they have a database of their own: without it, commands are answered.
func (c configuration) queryParts(s Storage) []httpapi.Part {
	reader, ok := s.(interface{ ReadyToQuery(context.Context) error })
	if c.DatabaseReadURL == "" || !ok {
		return nil
	}
	return []httpapi.Part{{Name: "queries", Ready: reader.ReadyToQuery, Optional: true}}
}

// postgres returns a database that many processes share, or nil if the configuration names another kind.
func (c configuration) postgres() (*database, error) {
	if !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		if c.postgresUsers != (postgresUsers{}) {
			return nil, &domain.Violation{Field: "database-url", Detail: "must be postgres://… if --database-read-url or --database-admin-url is given"}
		}
		return nil, nil
	}
	owner := cmp.Or(c.DatabaseAdminURL, c.DatabaseURL)
	return &database{
		open: func(ctx context.Context) (Storage, error) {
			return postgres.Open(ctx, c.DatabaseURL, postgres.ReadAt(cmp.Or(c.DatabaseReadURL, c.DatabaseURL)))
		},
		migrate: func(ctx context.Context) error { return postgres.Migrate(ctx, owner) },
		schema:  func(ctx context.Context) (postgres.Schema, error) { return postgres.ReadSchema(ctx, owner) },
		checks:  c.postgresChecks(owner),
	}, nil
}
