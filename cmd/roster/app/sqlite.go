package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
)

// inSQLite is a database in a file.
type inSQLite location

// A location is a string so named that wire can tell it from others.
type location string

// sqlite reads sqlite:PATH; without a URL it is a file in the data directory.
func (c configuration) sqlite() (database, error) {
	if c.DatabaseURL == "" {
		return inSQLite(filepath.Join(c.DataDir, "roster.db")), nil
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok && path != "" {
		return inSQLite(path), nil
	}
	return nil, nil
}

func (d inSQLite) open(ctx context.Context, w watch, options []application.Option) (*core, func(), error) {
	if err := os.MkdirAll(filepath.Dir(string(d)), 0o700); err != nil {
		return nil, nil, fmt.Errorf("%w: the data directory: %w (choose another with --data-dir)", domain.ErrInvalidArgument, err)
	}
	return sqliteCore(ctx, location(d), w, options)
}

func (d inSQLite) migrate(ctx context.Context) error {
	_, closeStore, err := d.open(ctx, unwatched, nil)
	if err == nil {
		closeStore()
	}
	return err
}

func (d inSQLite) schema(ctx context.Context) (schema, error) {
	found, err := sqlite.ReadSchema(ctx, string(d))
	return schema(found), err
}

func (inSQLite) lasts() bool { return true }

func openSQLite(ctx context.Context, at location) (*sqlite.Store, func(), error) {
	return closing(sqlite.Open(ctx, string(at)))
}
