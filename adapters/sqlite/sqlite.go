// Package sqlite is a [ports.Store] in a SQLite file, which several processes may have open.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// One connection writes. It takes the lock of the file when a transaction begins: a transaction that takes it later fails
// if another was quicker. The other connections read beside it, from the write-ahead log.
const (
	readers = 8
	writing = "_txlock=immediate&_pragma=busy_timeout(500)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16384)" + // a batch over many courses writes thousands of pages
		"&_pragma=temp_store(MEMORY)" + // and keeps their old content, in case it fails
		"&_pragma=secure_delete(1)" // zeros over what was replaced or removed, since it may be an id that is forgotten
	reading = "_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-4000)"
)

// A Store is a [ports.Store], [ports.MaintenanceStore], [ports.ErasureStore], [ports.DeadLetterStore], [ports.Outbox] and
// [ports.Locker]. [Open] returns it. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store
	writer *bun.DB
}

// An Option changes a default of [Open].
type Option func(*openOptions)

type openOptions struct {
	through func(driver.Connector) driver.Connector
}

// Through puts a wrapper around the store's connections, such as a tracer or an injector of faults.
func Through(through func(driver.Connector) driver.Connector) Option {
	return func(o *openOptions) { o.through = through }
}

// Open opens the database in a file, and creates the file and its directory if they are missing. It migrates the tables.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	o := openOptions{through: func(c driver.Connector) driver.Connector { return c }}
	for _, option := range options {
		option(&o)
	}
	path, file, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w: %w", ports.ErrUnavailable, err)
	}
	write, err := connect(path, writing)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, path, write); err != nil {
		return nil, err
	}
	read, err := connect(path, reading)
	if err != nil {
		return nil, err
	}
	writer, reader := pool(o.through(preparing{write}), 1), pool(o.through(read), readers)
	return &Store{writer: writer, Store: sqlstore.New(sqliteDriver, sqlstore.Pools{
		Write:    writer,
		Read:     reader,
		Fresh:    reader,
		Begin:    beginOn(writer),
		Check:    func() error { return checkSameFile(path, file) },
		WithLock: withLock(path),
	})}, nil
}

// OpenReadOnly opens the database in a file for queries, which create and change no file. Writes fail.
func OpenReadOnly(path string) (*Store, error) {
	c, err := connectReadOnly(path)
	if err != nil {
		return nil, err
	}
	reader := pool(c, 1)
	return &Store{writer: reader, Store: sqlstore.New(sqliteDriver, sqlstore.Pools{
		Write: reader, Read: reader, Fresh: reader, Begin: beginOn(reader), WithLock: withLock(path),
	})}, nil
}

// Forget implements [ports.ErasureStore]. Then it empties the write-ahead log, which has the pages as they were, if no other connection
// reads it meanwhile.
func (s *Store) Forget(ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID) (done ports.Forgotten, err error) {
	if done, err = s.Store.Forget(ctx, tenant, learner, pseudonym); err == nil {
		_, _ = s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return done, err
}

// create returns the absolute path, and the file there. Only its owner may read it, since it holds personal data.
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

// checkSameFile returns an error unless the file at path is the one that was opened: a connection would go on to read and
// write a file that is deleted.
func checkSameFile(path string, opened os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(now, opened) {
		return fmt.Errorf("%s is not the file that was opened", path)
	}
	return nil
}

func connect(path, parameters string) (driver.Connector, error) {
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: parameters}
	if !strings.HasPrefix(uri.Path, "/") {
		uri.Path = "/" + uri.Path // C:/…
	}
	return sqlite.NewConnector(uri.String())
}

func pool(c driver.Connector, size int) *bun.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return bun.NewDB(db, sqlitedialect.New())
}
