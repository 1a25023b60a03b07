package sqlite

import (
	"context"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
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
	case sqlite3.SQLITE_IOERR: // after a failed sync it is unknown what reached the disk
		return sqlstore.Lost
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL:
		return sqlstore.Unavailable
	}
	return sqlstore.Broken
}

// A Schema is the version of a database's tables, 0 for none, and the latest version that this program knows.
type Schema = sqlstore.Schema

// ReadSchema reads the version of the tables in a file, 0 if the file is missing, and changes nothing.
func ReadSchema(ctx context.Context, path string) (Schema, error) {
	c, err := existing(path)
	if err != nil {
		return Schema{}, fmt.Errorf("sqlite: %w: %w", ports.ErrUnavailable, err)
	}
	db := pool(c, 1)
	defer db.Close()
	return sqliteDriver.Schema(ctx, db)
}

func existing(path string) (driver.Connector, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return sqlite.NewConnector(":memory:")
	}
	if Unrecovered(path) {
		return connect(path, reading)
	}
	return connectReadOnly(path)
}

// Unrecovered reports whether a killed process has left a log at path, and not the memory that its readers share: then the file can be
// read only by a process that changes it.
func Unrecovered(path string) bool {
	log, err := os.Stat(path + "-wal")
	_, unshared := os.Stat(path + "-shm")
	return err == nil && log.Size() > 0 && unshared != nil
}

// connectReadOnly makes connections that create and change no file.
func connectReadOnly(path string) (driver.Connector, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	mode := "&immutable=1" // without a log to read, SQLite would create one, and the memory that its readers share
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		mode = "&readonly_shm=1"
	}
	return connect(path, reading+"&mode=ro"+mode)
}

// migrate brings the tables up to date if they are not, one process at a time. A copy by VACUUM INTO has them, and another journal mode.
func migrate(ctx context.Context, path string, c driver.Connector) error {
	db := pool(c, 1)
	defer db.Close()
	var mode string
	_ = db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode) // if this fails, so does what follows
	if schema, err := sqliteDriver.Schema(ctx, db); err != nil || schema.Version == schema.Latest && mode == "wal" {
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
	c, err := connect(path, writing)
	if err != nil {
		return nil, err
	}
	db := pool(c, 1)
	for {
		tx, err := db.BeginTx(context.WithoutCancel(ctx), nil) // an attempt lasts as long as busy_timeout
		if err == nil && ctx.Err() == nil {
			return func() { tx.Rollback(); db.Close() }, nil
		}
		if err == nil {
			err = tx.Rollback()
		}
		if fault(err) != sqlstore.Conflict || ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err, db.Close())
		}
	}
}
