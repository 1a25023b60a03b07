// Package sqlstore is a [ports.Store] in a SQL database, on bun. What databases have in common is here; packages sqlite
// and postgres open them, and hold what each does in its own way.
//
// One Update is one transaction: it locks the courses, reads what the decision has to know, decides in memory, and sends
// the changes in a few statements with the COMMIT, however many they are. How it is sent is an engine's affair: [Begin].
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	random "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var (
	_ ports.Store            = (*Store)(nil)
	_ ports.MaintenanceStore = (*Store)(nil)
	_ ports.ErasureStore     = (*Store)(nil)
	_ ports.DeadLetterStore  = (*Store)(nil)
	_ ports.Outbox           = (*Store)(nil)
	_ ports.Locker           = (*Store)(nil)
)

const (
	patience = 30 * time.Second // for one transaction, waiting for its locks included
	tries    = 20               // how often one begins again before it is given up
	longest  = 250 * time.Millisecond
)

// oneView has all reads of a transaction see the same committed state.
var oneView = &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}

// A Store is opened by package sqlite or postgres, and safe for concurrent use.
type Store struct {
	reader   // on connections of its own, so that it never waits for an Update
	opened   Database
	name     string      // among the processes on one database
	news     *news       // since the last Await
	awaited  atomic.Bool // here
	others   messenger
	toOthers *news // since they were told
}

// A Database is what an opener has opened.
type Database struct {
	Write *bun.DB // for what changes anything
	Read  *bun.DB // for a [ports.Reader]; what is read may be behind
	Fresh *bun.DB // for the outbox and dead letters, read as they are now
	// Here tells, beyond what a query can, whether the database is where it was; nil where there is nothing to tell.
	Here func() error
	// Begin begins what an Update runs in; nil for statement after statement, on Write, where one transaction writes at a time.
	Begin Begin
	// Close ends what Begin has; nil for nothing.
	Close func()
	// Turn is [ports.Locker]. While it lasts, it calls heard with what processes tell of commits, and with nothing when some
	// may have been missed.
	Turn func(ctx context.Context, name string, heard func(text string), do func(context.Context) error) error
}

// New returns a store on a database, which it closes.
func New(engine Engine, db Database) *Store {
	s := &Store{reader: reader{engine, db.Read}, opened: db, name: rand.Text(), news: newNews(), toOthers: newNews()}
	s.others.send = s.notify
	if db.Begin == nil {
		s.opened.Begin = s.steps
	}
	return s
}

// Close tells other processes what is still to be told, and ends the store's connections; nothing may be under way.
func (s *Store) Close() error {
	s.others.wait()
	if s.opened.Close != nil {
		s.opened.Close()
	}
	return errors.Join(s.opened.Write.Close(), s.opened.Read.Close(), s.opened.Fresh.Close())
}

// Ready returns nil if the database can be read and written, and has the tables that this program knows.
func (s *Store) Ready(ctx context.Context) error {
	if s.opened.Here != nil {
		if err := s.opened.Here(); err != nil {
			return &failure{s.engine.Name, "look for the database", Unavailable, err}
		}
	}
	if err := s.engine.Check(ctx, s.opened.Read); err != nil {
		return err
	}
	return s.again(ctx, func() error { return s.touch(ctx) })
}

// touch does all of a write but change something.
func (s *Store) touch(ctx context.Context) error {
	tx, err := s.begin(ctx, ctx, "")
	if err != nil {
		return err
	}
	defer tx.end()
	_, err = tx.NewUpdate().Model((*CourseRow)(nil)).Set("sequence = sequence").Where("FALSE").Exec(ctx)
	return s.engine.failed("try to write", err)
}

// Snapshot implements [ports.Store].
func (s *Store) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	tx, err := s.opened.Read.BeginTx(ctx, oneView)
	if err != nil {
		return s.engine.failed("begin a snapshot", err)
	}
	defer tx.Rollback()
	if err := s.engine.enter(ctx, tx, tenant); err != nil {
		return err
	}
	return read(reader{s.engine, tx})
}

// look has read see what is committed now, as a tenant or in a role.
func (s *Store) look(ctx context.Context, tenant domain.TenantID, role string, read func(bun.IDB) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := s.opened.Fresh.BeginTx(ctx, oneView)
	if err != nil {
		return s.engine.failed("begin to look", err)
	}
	defer tx.Rollback()
	if role != "" {
		err = s.engine.take(ctx, tx, role)
	} else {
		err = s.engine.enter(ctx, tx, tenant)
	}
	if err != nil {
		return err
	}
	return read(tx)
}

// A transaction that writes, with the connection that it holds.
type transaction struct {
	bun.Tx
	conn bun.Conn
}

// begin begins a transaction of a tenant.
func (s *Store) begin(waiting, whole context.Context, tenant domain.TenantID) (transaction, error) {
	t, err := s.connect(waiting, whole)
	if err != nil {
		return transaction{}, err
	}
	if err := s.engine.enter(waiting, t, tenant); err != nil {
		t.end()
		return transaction{}, err
	}
	return t, nil
}

// connect waits for a connection as long as waiting does; the transaction lives as long as whole.
func (s *Store) connect(waiting, whole context.Context) (transaction, error) {
	conn, err := s.opened.Write.Conn(waiting)
	if err != nil {
		return transaction{}, s.engine.failed("connect", err)
	}
	tx, err := conn.BeginTx(whole, nil)
	if err != nil {
		conn.Close()
		return transaction{}, s.engine.failed("begin", err)
	}
	return transaction{tx, conn}, nil
}

// beginAs begins a transaction about no tenant's rows but those that a statement of the engine lets it see.
func (s *Store) beginAs(ctx context.Context, role string) (transaction, error) {
	tx, err := s.connect(ctx, ctx)
	if err != nil {
		return transaction{}, err
	}
	if err := s.engine.take(ctx, tx, role); err != nil {
		tx.end()
		return transaction{}, err
	}
	return tx, nil
}

// end rolls back what was not committed.
func (t transaction) end() {
	t.Rollback()
	t.conn.Close()
}

// enter tells the transaction whose rows it is about.
func (e Engine) enter(ctx context.Context, db bun.IDB, tenant domain.TenantID) error {
	if e.Enter == "" {
		return nil
	}
	_, err := db.NewRaw(e.Enter, tenant).Exec(ctx)
	return e.failed("begin", err)
}

// take has the transaction see what a role does.
func (e Engine) take(ctx context.Context, db bun.IDB, role string) error {
	if role == "" {
		return nil
	}
	_, err := db.ExecContext(ctx, role)
	return e.failed("take a role", err)
}

// again calls act until it meets no conflict, or has too often.
func (s *Store) again(ctx context.Context, act func() error) error {
	for try := 0; ; try++ {
		if err := act(); !conflict(err) || !pause(ctx, try) {
			return err
		}
	}
}

// pause waits before one more try, longer each time and never as long as others do. It returns false where there is none:
// too many were made, or ctx has ended.
func pause(ctx context.Context, try int) bool {
	if try == tries {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(random.N(min(longest, time.Millisecond<<try))):
		return true
	}
}

// conflict reports whether err is a failure that beginning again may mend.
func conflict(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.fault == Conflict
}
