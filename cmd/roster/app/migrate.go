package app

import (
	"cmp"
	"context"
	"fmt"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/sqlstore"
	"example.com/roster/adapters/sqlstore/postgres"
	"example.com/roster/adapters/sqlstore/sqlite"
)

type migrate struct {
	Status bool `help:"Only tell which version the tables are of."`
}

// schema is what migrate prints.
type schema struct {
	Version int64 `json:"version"`
	Latest  int64 `json:"latest"`
}

// Run migrates and prints the version that the tables are of then.
func (c migrate) Run(p *program) error {
	d, err := p.database()
	if err != nil {
		return err
	}
	if d.kind == inMemory {
		return cli.UsageError{Detail: "memory: has no tables to migrate"}
	}
	if !c.Status {
		if err := d.migrate(p.ctx); err != nil {
			return err
		}
	}
	found, err := d.schema(p.ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("version %d of %d", found.Version, found.Latest)
	return p.session().Print(schema{found.Version, found.Latest}, text)
}

// migrate brings the tables up to date; a SQLite database is by being opened.
func (d database) migrate(ctx context.Context) error {
	if d.kind == inPostgres {
		return postgres.Migrate(ctx, cmp.Or(string(d.admin), string(d.at)))
	}
	_, closeStore, err := d.open(ctx, unwatched)
	if err == nil {
		closeStore()
	}
	return err
}

func (d database) schema(ctx context.Context) (sqlstore.Schema, error) {
	if d.kind == inPostgres {
		return postgres.Schema(ctx, cmp.Or(string(d.admin), string(d.at)))
	}
	return sqlite.Schema(ctx, string(d.at))
}
