// Package sqlite is a [ports.Store] in a SQLite file, which several processes may have open.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"example.com/roster/cmd/bare/adapters/internal/sqlstore"
	"example.com/roster/cmd/bare/ports"
)

// One connection writes. It takes the lock of the file when a transaction begins: a transaction that takes it later fails
// if another was quicker. The other connections read beside it, from the write-ahead log.
const (
	readers = 8
	writing = "_txlock=immediate&_pragma=busy_timeout(500)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	reading = "_pragma=busy_timeout(5000)&_pragma=query_only(1)"
)

// A Store is a [ports.Store]. [Open] returns it. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store
	path string
	file os.FileInfo
}

// Open opens the database in a file, and creates the file and its directory if they are missing. It migrates the tables.
func Open(ctx context.Context, path string) (*Store, error) {
	path, file, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w: %w", ports.ErrUnavailable, err)
	}
	if err := migrate(ctx, path); err != nil {
		return nil, err
	}
	write, err := open(path, writing, 1)
	if err != nil {
		return nil, err
	}
	read, err := open(path, reading, readers)
	if err != nil {
		return nil, err
	}
	return &Store{sqlstore.New(sqliteDriver, sqlstore.Pools{Write: write, Read: read}), path, file}, nil
}

// Ready is [sqlstore.Store.Ready]. It fails if the file is no longer there, too: open connections go on to use a deleted file.
func (s *Store) Ready(ctx context.Context) error {
	if now, err := os.Stat(s.path); err != nil || !os.SameFile(now, s.file) {
		return fmt.Errorf("sqlite: %w: %s is not the file that was opened", ports.ErrUnavailable, s.path)
	}
	return s.Store.Ready(ctx)
}

// create returns the absolute path, and the file there. Only its owner may read it.
func create(path string) (string, os.FileInfo, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	return path, info, err
}

// open returns a pool of connections to a file.
func open(path, parameters string, size int) (*bun.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: parameters}
	if !strings.HasPrefix(uri.Path, "/") {
		uri.Path = "/" + uri.Path // C:/…
	}
	connector, err := sqlite.NewConnector(uri.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return bun.NewDB(db, sqlitedialect.New()), nil
}
