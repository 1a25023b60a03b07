package sqlstore

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"example.com/roster/ports"
)

// A Schema tells which version a database's tables are of, 0 for none, and the latest that this program knows.
type Schema struct {
	Version int64
	Latest  int64
}

// Schema looks and changes nothing.
func (e Engine) Schema(ctx context.Context, db bun.IDB) (Schema, error) {
	latest, err := e.latest()
	if err != nil {
		return Schema{}, e.failed("read the migrations", err)
	}
	schema := Schema{Latest: latest}
	var versioned bool
	if err := db.NewRaw(e.Versioned).Scan(ctx, &versioned); err != nil || !versioned {
		return schema, e.failed("read the schema's version", err)
	}
	err = db.NewSelect().Table(goose.DefaultTablename).Where("is_applied").
		ColumnExpr("coalesce(max(version_id), 0)").Scan(ctx, &schema.Version)
	return schema, e.failed("read the schema's version", err)
}

// latest is the version in the name of the last migration.
func (e Engine) latest() (int64, error) {
	names, err := fs.Glob(e.Migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("no migrations of %s: %v", e.Name, err)
	}
	version, _, _ := strings.Cut(path.Base(names[len(names)-1]), "_")
	return strconv.ParseInt(version, 10, 64)
}

// Check returns an error that says what to do, unless the tables are those that this program knows.
func (e Engine) Check(ctx context.Context, db bun.IDB) error {
	schema, err := e.Schema(ctx, db)
	if err != nil {
		return err
	}
	if schema.Version < schema.Latest {
		return fmt.Errorf("%s: %w: database schema is version %d, this program needs %d: run \"roster migrate\"",
			e.Name, ports.ErrUnavailable, schema.Version, schema.Latest)
	}
	return e.newer(schema)
}

func (e Engine) newer(schema Schema) error {
	if schema.Version <= schema.Latest {
		return nil
	}
	return fmt.Errorf("%s: %w: database schema is version %d, this program knows up to %d: use a newer roster",
		e.Name, ports.ErrUnavailable, schema.Version, schema.Latest)
}

// Migrate brings the tables to the latest version, and refuses those of a newer program. How others are kept out
// meanwhile is the opener's to say.
func (e Engine) Migrate(ctx context.Context, db *bun.DB, options ...goose.ProviderOption) error {
	schema, err := e.Schema(ctx, db)
	if err != nil {
		return err
	}
	if err := e.newer(schema); err != nil {
		return err
	}
	files, err := fs.Sub(e.Migrations, "migrations")
	if err != nil {
		return e.failed("read the migrations", err)
	}
	provider, err := goose.NewProvider(e.Dialect, db.DB, files, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return e.failed("read the migrations", err)
	}
	_, err = provider.Up(ctx)
	return e.failed("migrate", err)
}
