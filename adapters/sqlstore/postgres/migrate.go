package postgres

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"example.com/roster/adapters/sqlstore"
	"example.com/roster/ports"
)

// Schema tells the version of the database's tables and changes nothing.
func Schema(ctx context.Context, url string) (sqlstore.Schema, error) {
	c, err := connect(url)
	if err != nil {
		return sqlstore.Schema{}, err
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
