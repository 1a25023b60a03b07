package postgres

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// A Schema is the version of the tables that a database has, 0 for none, and the latest that this program knows.
type Schema = sqlstore.Schema

// ReadSchema tells the version of the database's tables and changes nothing.
func ReadSchema(ctx context.Context, url string) (Schema, error) {
	c, err := connect(url)
	if err != nil {
		return Schema{}, err
	}
	db := pool(c, 1)
	defer db.Close()
	return engine.Schema(ctx, db)
}

// Migrate brings the database's tables up to date, one process at a time: an advisory lock, which ends with its session,
// keeps the others waiting for up to a minute.
func Migrate(ctx context.Context, url string) error {
	c, err := connect(url)
	if err != nil {
		return err
	}
	db := pool(c, 1)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("postgres: %w: make a lock: %v", ports.ErrInternal, err)
	}
	return engine.Migrate(ctx, db, goose.WithSessionLocker(locker))
}
