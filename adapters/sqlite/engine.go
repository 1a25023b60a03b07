package sqlite

import (
	"embed"
	"errors"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/roster/adapters/internal/sqlstore"
)

//go:embed migrations
var migrations embed.FS

var engine = sqlstore.Engine{
	Name:       "sqlite",
	Dialect:    goose.DialectSQLite3,
	Migrations: migrations,
	Versioned:  "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'",
	Fault:      fault,
}

// fault translates what the driver says. One transaction writes at a time, so a violated key is a defect here.
func fault(err error) sqlstore.Fault {
	said, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return sqlstore.Broken
	}
	switch said.Code() & 0xff { // the rest tells details
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return sqlstore.Conflict
	case sqlite3.SQLITE_IOERR: // of a failed sync nobody knows what reached the disk
		return sqlstore.Lost
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL:
		return sqlstore.Unavailable
	}
	return sqlstore.Broken
}
