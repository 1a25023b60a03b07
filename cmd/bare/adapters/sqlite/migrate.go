package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/roster/cmd/bare/adapters/internal/sqlstore"
	"example.com/roster/cmd/bare/ports"
)

//go:embed migrations
var migrations embed.FS

var sqliteDriver = sqlstore.Driver{
	Name:       "sqlite",
	Dialect:    goose.DialectSQLite3,
	Migrations: migrations,
	Versioned:  "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'",
	Fault:      fault,
}

// fault classifies a driver's error. One transaction writes at a time, so a violated key is a defect here.
func fault(err error) sqlstore.Fault {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return sqlstore.Broken
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return sqlstore.Conflict
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL:
		return sqlstore.Unavailable
	}
	return sqlstore.Broken
}

// ReadSchema reads the version of the tables in a file, 0 if the file is missing. It makes no database. Beside one, SQLite may leave the
// files -wal and -shm.
func ReadSchema(ctx context.Context, path string) (sqlstore.Schema, error) {
	mode := "&mode=ro"
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		mode = "&mode=memory"
	}
	db, err := open(path, reading+mode, 1)
	if err != nil {
		return sqlstore.Schema{}, err
	}
	defer db.Close()
	return sqliteDriver.Schema(ctx, db)
}

// migrate brings the tables up to date if they are not, one process at a time.
func migrate(ctx context.Context, path string) error {
	db, err := open(path, writing, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var mode string
	_ = db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode) // of a copy by VACUUM INTO it is not wal
	schema, err := sqliteDriver.Schema(ctx, db)
	if err == nil && schema.Version > schema.Latest {
		err = sqliteDriver.CheckSchema(ctx, db)
	}
	if err != nil || schema.Version == schema.Latest && mode == "wal" {
		return err
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return fmt.Errorf("sqlite: %w: wait for another process to migrate: %w", ports.ErrUnavailable, err)
	}
	defer unlock()
	// A file stays in this mode. Two processes that set it at once fail, whatever the timeout.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode=WAL"); err != nil {
		return fmt.Errorf("sqlite: %w: write-ahead log: %v", ports.ErrUnavailable, err)
	}
	return sqliteDriver.Migrate(ctx, db)
}

// lock holds a transaction on a file of its own until unlock is called. The operating system ends it together with the process; a row
// that says "locked" would remain. The end of ctx ends the wait, but no transaction: what the lock protects may still be running.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	db, err := open(path, writing, 1)
	if err != nil {
		return nil, err
	}
	for {
		tx, err := db.BeginTx(context.WithoutCancel(ctx), nil) // an attempt lasts as long as busy_timeout
		if err == nil {
			return func() { _ = errors.Join(tx.Rollback(), db.Close()) }, nil
		}
		if fault(err) != sqlstore.Conflict || ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err, db.Close())
		}
	}
}
