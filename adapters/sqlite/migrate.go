package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// A Schema is the version of the tables that a database has, 0 for none, and the latest that this program knows.
type Schema = sqlstore.Schema

// ReadSchema tells the version of the tables in a file, 0 where the file is missing, and changes nothing.
func ReadSchema(ctx context.Context, path string) (Schema, error) {
	c, err := existing(path)
	if err != nil {
		return Schema{}, fmt.Errorf("sqlite: %w: %w", ports.ErrUnavailable, err)
	}
	db := pool(c, 1)
	defer db.Close()
	return engine.Schema(ctx, db)
}

func existing(path string) (driver.Connector, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	switch _, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		return sqlite.NewConnector(":memory:")
	case err != nil:
		return nil, err
	}
	return connect(path, reading)
}

// migrate brings the tables up to date where they are not, one process at a time.
func migrate(ctx context.Context, path string, c driver.Connector) error {
	db := pool(c, 1)
	defer db.Close()
	if schema, err := engine.Schema(ctx, db); err != nil || schema.Version == schema.Latest {
		return err
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return fmt.Errorf("sqlite: %w: wait for who migrates: %w", ports.ErrUnavailable, err)
	}
	defer unlock()
	// A file stays in this mode. Changing it fails at once where somebody else does, whatever the timeout.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode=WAL"); err != nil {
		return fmt.Errorf("sqlite: %w: write-ahead log: %v", ports.ErrUnavailable, err)
	}
	return engine.Migrate(ctx, db)
}

// lock holds a transaction on a database of its own, of no tables. The operating system ends it with its process, however
// that ends, which a row that says "locked" would outlive.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	c, err := connect(path, writing)
	if err != nil {
		return nil, err
	}
	db := pool(c, 1)
	for {
		tx, err := db.BeginTx(ctx, nil)
		if err == nil {
			return func() { tx.Rollback(); db.Close() }, nil
		}
		if fault(err) != sqlstore.Conflict || ctx.Err() != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
}
