package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/postgres"
	"example.com/roster/application"
	"example.com/roster/domain"
)

// postgresUsers are what PostgreSQL may be asked as, beside the user who serves.
type postgresUsers struct{ DatabaseReadURL, DatabaseAdminURL string }

func (c *postgresUsers) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.DatabaseReadURL, "database-read-url", "", "Run queries on PostgreSQL at `URL`, as a user with read access only.")
	f.StringVar(&c.DatabaseAdminURL, "database-admin-url", "", "Migrate PostgreSQL at `URL`, as the user who owns the tables.")
}

// inPostgres is a database that many processes share.
type inPostgres struct {
	at    location
	reads readLocation // where queries are read by another URL; else empty
	admin string       // where another user migrates; else empty
}

type readLocation string

// postgres reads postgres://…; the other two URLs are only for it.
func (c configuration) postgres() (database, error) {
	if strings.HasPrefix(c.DatabaseURL, "postgres://") || strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return inPostgres{location(c.DatabaseURL), readLocation(c.DatabaseReadURL), c.DatabaseAdminURL}, nil
	}
	if c.DatabaseReadURL != "" || c.DatabaseAdminURL != "" {
		return nil, &domain.Violation{Field: "database-url", Detail: "must be postgres://… if --database-read-url or --database-admin-url is given"}
	}
	return nil, nil
}

func (d inPostgres) open(ctx context.Context, w watch, options []application.Option) (*core, func(), error) {
	return postgresCore(ctx, d.at, d.reads, w, options)
}

func (d inPostgres) migrate(ctx context.Context) error { return postgres.Migrate(ctx, d.owner()) }

func (d inPostgres) schema(ctx context.Context) (schema, error) {
	found, err := postgres.ReadSchema(ctx, d.owner())
	return schema(found), err
}

func (d inPostgres) owner() string { return cmp.Or(d.admin, string(d.at)) }

func (inPostgres) lasts() bool { return true }

func openPostgres(ctx context.Context, at location, reads readLocation) (*postgres.Store, func(), error) {
	if reads == "" {
		return closing(postgres.Open(ctx, string(at)))
	}
	return closing(postgres.Open(ctx, string(at), postgres.ReadAt(string(reads))))
}
