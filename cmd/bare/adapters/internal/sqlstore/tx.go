package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

const (
	txTimeout  = 30 * time.Second // of one transaction, waiting for its locks included
	maxRetries = 20               // after conflicts
	maxBackoff = 250 * time.Millisecond
)

// A scope makes a transaction see the rows of one tenant, and no others. SQLite has none: each query names its tenant. For a database with
// row-level security, set the tenant in tenant and, for queries without a transaction, in withTenant.
type scope func(ctx context.Context, db bun.IDB) error

func (Driver) tenant(domain.TenantID) scope {
	return func(context.Context, bun.IDB) error { return nil }
}

func withTenant(ctx context.Context, _ domain.TenantID) context.Context { return ctx }

// inTx commits what do writes in a scope, or nothing: it rolls back if do returns an error or panics. A failed COMMIT is
// an error. After a conflict it runs do again, in a new transaction. No transaction lasts longer than txTimeout.
func (s *Store) inTx(ctx context.Context, doing string, in scope, do func(context.Context, bun.Tx) error) error {
	for retries := 0; ; retries++ {
		err := s.runTx(ctx, doing, in, do)
		if f, ok := errors.AsType[*failure](err); !ok || f.fault != Conflict || retries == maxRetries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(min(maxBackoff, time.Millisecond<<retries))):
		}
	}
}

// runTx is one attempt.
func (s *Store) runTx(ctx context.Context, doing string, in scope, do func(context.Context, bun.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, txTimeout)
	defer cancel()
	err := s.pools.Write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := in(ctx, tx); err != nil {
			return err
		}
		return do(ctx, tx)
	})
	return s.driver.failed(doing, err)
}

// affected returns how many rows a statement changed.
func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// A Fault is what a driver's error means for a transaction.
type Fault int

const (
	Broken      Fault = iota // a defect, which a retry does not fix
	Unavailable              // the database can't do it now
	Conflict                 // another transaction was in the way: retry
)

// A failure is the one kind of error that a store has. Its text is for the log.
type failure struct {
	driver string
	doing  string
	fault  Fault
	cause  error
}

func (f *failure) Error() string {
	return fmt.Sprintf("%s: %s: %v: %v", f.driver, f.doing, f.Unwrap(), f.cause)
}

// Unwrap returns the kind alone: callers depend on no driver's errors.
func (f *failure) Unwrap() error {
	if f.fault == Broken {
		return ports.ErrInternal
	}
	return ports.ErrUnavailable
}

// failed returns err as a failure, unless it is one; nil for nil. It asks Driver.Fault about all but the end of a context.
func (d Driver) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrTxDone) {
		return &failure{d.Name, doing, Unavailable, err}
	}
	return &failure{d.Name, doing, d.Fault(err), err}
}
