// Package sqlstore is the part of a [ports.Store] in a SQL database that every database shares, on bun. Packages sqlite
// and postgres open a database, and hold what differs.
//
// One Update is one transaction: it locks the courses, reads what the decision needs, decides in memory, and sends the
// changes in a few statements with the COMMIT, whatever the number of commands. [Begin] says how they are sent.
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

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

// A Driver is what differs between databases: packages sqlite and postgres have one each. A statement that a database
// does not need is empty.
type Driver struct {
	Name       string        // in errors
	Dialect    goose.Dialect // of the migrations
	Migrations fs.FS         // has the folder migrations
	Versioned  string        // a query: whether the table of the migrations that ran exists
	SetTenant  string        // lets the transaction see the rows of one tenant
	SetUpkeep  string        // lets the transaction see the replies of all tenants
	SetRelay   string        // lets the transaction see the journals of all tenants; a crash may undo its COMMIT
	Notify     string        // sends a text to the other processes
	RowLock    string        // the clause that locks the rows of a SELECT
	Lateral    bool          // whether a join may refer to the tables on its left
	// Table returns a slice of a model's rows as the subquery that the database reads fastest; nil stands for VALUES.
	Table func(db bun.IDB, rows any) schema.Query
	Fault func(error) Fault
}

// table calls Table with a pointer to a slice.
func (d Driver) table(db bun.IDB, rows any) schema.Query {
	if d.Table == nil {
		return db.NewValues(rows)
	}
	return d.Table(db, rows)
}

// forUpdate locks the rows that q selects.
func (d Driver) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if d.RowLock == "" {
		return q
	}
	return q.For(d.RowLock)
}

// Pools are the connections to one database, and what its package does on connections of its own.
type Pools struct {
	Write *bun.DB // for transactions that write
	Read  *bun.DB // for a [ports.Reader]; it may lag behind
	Fresh *bun.DB // for the outbox and dead letters, read as they are now
	Begin Begin   // begins one attempt of an Update
	// Check reports a problem that no query shows; nil if there is none to look for.
	Check func() error
	// Close closes the connections of Begin; nil if it has none.
	Close func()
	// WithLock is [ports.Locker]. While do runs, it calls notified with each text that a process sends by Driver.Notify,
	// and with "" when it may have missed some.
	WithLock func(ctx context.Context, name string, notified func(text string), do func(context.Context) error) error
}

// A Store is opened by package sqlite or postgres, and safe for concurrent use.
type Store struct {
	reader       // on connections of its own, so that it never waits for an Update
	pools        Pools
	name         string        // this store's, in notifications
	changed      chan struct{} // has a value after a commit, until the next Await
	recent       recentEntries
	relayIsLocal atomic.Bool   // whether this process calls Await
	unsent       chan struct{} // has a value if other processes are to be notified
	settleWithin time.Duration // of an Update's search for an unsettled write set
	sendLast     func()        // notifies them if they are to be, and ends the goroutine that does
}

// New returns a store that owns the pools.
func New(driver Driver, pools Pools) *Store {
	s := &Store{reader: reader{driver, pools.Read}, pools: pools, name: rand.Text(), changed: make(chan struct{}, 1), unsent: make(chan struct{}, 1), settleWithin: txTimeout}
	end := make(chan struct{}) // not the channel of requests: an Update that is late may still send one
	var notifier sync.WaitGroup
	notifier.Go(func() { sendEach(s.unsent, end, s.notify) })
	s.sendLast = sync.OnceFunc(func() {
		close(end)
		notifier.Wait()
	})
	return s
}

// Close sends the last notification and closes the connections. No other method may be running.
func (s *Store) Close() error {
	s.sendLast()
	if s.pools.Close != nil {
		s.pools.Close()
	}
	return errors.Join(s.pools.Write.Close(), s.pools.Read.Close(), s.pools.Fresh.Close())
}

// Ready returns nil if the database can be written, and has the tables that this program needs. Newer ones have them, too: a
// migration only adds, so that processes of the version before answer requests until they are replaced.
func (s *Store) Ready(ctx context.Context) error {
	if s.pools.Check != nil {
		if err := s.pools.Check(); err != nil {
			return &failure{s.driver.Name, "find the database", Unavailable, err}
		}
	}
	if _, err := s.driver.checkNotOlder(ctx, s.pools.Write); err != nil {
		return err
	}
	// A write that changes no row takes the locks and the connection that any other takes.
	err := s.inLongTx(ctx, "try to write", s.driver.tenant(""), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*CourseRow)(nil)).Set("sequence = sequence").Where("FALSE").Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	// Updates have connections of their own, which lock a course first.
	tx, _, err := s.pools.Begin(ctx, ctx, ports.Need{Courses: []ports.NeedCourse{{}}})
	if err != nil {
		return s.driver.failed("try to update", err)
	}
	tx.End()
	return nil
}

// ReadyToQuery returns nil if the database that queries read, which may be another, has the tables that this program needs.
func (s *Store) ReadyToQuery(ctx context.Context) error {
	_, err := s.driver.checkNotOlder(ctx, s.pools.Read)
	return err
}

// Snapshot implements [ports.Store].
func (s *Store) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return s.readTx(ctx, s.pools.Read, s.driver.tenant(tenant), func(_ context.Context, tx bun.IDB) error {
		return read(reader{s.driver, tx})
	})
}

// readFresh reads what is committed now.
func (s *Store) readFresh(ctx context.Context, in scope, read func(context.Context, bun.IDB) error) error {
	ctx, cancel := context.WithTimeout(ctx, txTimeout)
	defer cancel()
	return s.readTx(ctx, s.pools.Fresh, in, read)
}

// readTx runs read in a transaction in which all reads see the same committed state.
func (s *Store) readTx(ctx context.Context, pool *bun.DB, in scope, read func(context.Context, bun.IDB) error) error {
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return s.driver.failed("begin to read", err)
	}
	defer tx.Rollback()
	if err := in(ctx, tx); err != nil {
		return err
	}
	return read(ctx, tx)
}

// relay returns the scope of the outbox.
func (d Driver) relay() scope { return d.scope(d.SetRelay) }
