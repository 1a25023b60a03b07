package sqlstore

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"example.com/roster/ports"
)

// A Schema is the version of a database's tables, 0 for none, and the latest version that this program knows.
type Schema struct {
	Version int64
	Latest  int64
	// Missing are the statements that make the roles, grants and policies which the migrations have made and the database does not have.
	Missing     []string
	NotCompared string // why Missing is not known
}

// Schema reads the version and changes nothing. A migration below it that has not run is an error.
func (d Driver) Schema(ctx context.Context, db *bun.DB) (Schema, error) {
	provider, err := d.provider(db)
	if err != nil {
		return Schema{}, err
	}
	migrations := provider.ListSources() // by version
	schema := Schema{Latest: migrations[len(migrations)-1].Version}
	var versioned bool
	if err := db.NewRaw(d.Versioned).Scan(ctx, &versioned); err != nil || !versioned {
		return schema, d.failed("read the schema's version", err)
	}
	var applied []int64
	err = db.NewSelect().Table(goose.DefaultTablename).Where("is_applied").Column("version_id").Scan(ctx, &applied)
	schema.Version = slices.Max(append(applied, 0))
	for _, m := range migrations {
		if err == nil && m.Version < schema.Version && !slices.Contains(applied, m.Version) {
			return schema, fmt.Errorf("%s: %w: migration %s never runs, since the tables are of version %d: give it a higher number than all others", d.Name, ports.ErrUnavailable, m.Path, schema.Version)
		}
	}
	return schema, d.failed("read the schema's version", err)
}

// provider returns what knows the migrations, and applies them.
func (d Driver) provider(db *bun.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(d.Migrations, "migrations")
	if err != nil {
		return nil, d.failed("read the migrations", err)
	}
	provider, err := goose.NewProvider(d.Dialect, db.DB, files, append(options, goose.WithDisableGlobalRegistry(true))...)
	return provider, d.failed("read the migrations", err)
}

// CheckSchema returns an error that says what to do, unless the tables have the version that this program knows.
func (d Driver) CheckSchema(ctx context.Context, db *bun.DB) error {
	schema, err := d.checkNotOlder(ctx, db)
	if err != nil {
		return err
	}
	return d.checkNotNewer(schema)
}

func (d Driver) checkNotOlder(ctx context.Context, db *bun.DB) (Schema, error) {
	schema, err := d.Schema(ctx, db)
	if err == nil && schema.Version < schema.Latest {
		err = fmt.Errorf("%s: %w: database schema is version %d, this program needs %d: run \"roster migrate\"", d.Name, ports.ErrUnavailable, schema.Version, schema.Latest)
	}
	return schema, err
}

func (d Driver) checkNotNewer(schema Schema) error {
	if schema.Version <= schema.Latest {
		return nil
	}
	return fmt.Errorf("%s: %w: database schema is version %d, this program knows up to %d: use a newer roster", d.Name, ports.ErrUnavailable, schema.Version, schema.Latest)
}

// Migrate brings the tables to the latest version, and refuses those of a newer program. The caller keeps other processes
// from migrating at the same time.
func (d Driver) Migrate(ctx context.Context, db *bun.DB, options ...goose.ProviderOption) error {
	schema, err := d.Schema(ctx, db)
	if err == nil {
		err = d.checkNotNewer(schema)
	}
	if err != nil {
		return err
	}
	provider, err := d.provider(db, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return d.failed("migrate", err)
}
