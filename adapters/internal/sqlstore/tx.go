package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	txTimeout  = 30 * time.Second // of one transaction, waiting for its locks included
	maxRetries = 20               // after conflicts, unless a write set is unsettled
	maxBackoff = 250 * time.Millisecond
)

// A scope makes a transaction see the rows that it is about, and no others.
type scope func(ctx context.Context, db bun.IDB) error

// scope returns the scope that a statement sets; an empty one sets none.
func (d Driver) scope(statement string, args ...any) scope {
	return func(ctx context.Context, db bun.IDB) error {
		if statement == "" {
			return nil
		}
		_, err := db.NewRaw(statement, args...).Exec(ctx)
		return d.failed("set the scope", err)
	}
}

// tenant returns the scope of one tenant's rows.
func (d Driver) tenant(id domain.TenantID) scope { return d.scope(d.SetTenant, id) }

// inTx commits what do writes in a scope, or nothing: it rolls back if do returns an error or panics. A failed COMMIT is
// an error. After a conflict it runs do again, in a new transaction. No transaction lasts longer than [txTimeout].
func (s *Store) inTx(ctx context.Context, doing string, in scope, do func(context.Context, bun.Tx) error) error {
	return s.retry(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, txTimeout)
		defer cancel()
		return s.runTx(ctx, doing, in, do)
	})
}

// inLongTx is inTx for a transaction that lasts as long as its data is large: only ctx ends it.
func (s *Store) inLongTx(ctx context.Context, doing string, in scope, do func(context.Context, bun.Tx) error) error {
	return s.retry(ctx, func() error { return s.runTx(ctx, doing, in, do) })
}

// runTx is one attempt.
func (s *Store) runTx(ctx context.Context, doing string, in scope, do func(context.Context, bun.Tx) error) error {
	err := s.pools.Write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := in(ctx, tx); err != nil {
			return err
		}
		return do(ctx, tx)
	})
	return s.driver.failed(doing, err)
}

// retry calls attempt until it returns no conflict, or retries are used up.
func (s *Store) retry(ctx context.Context, attempt func() error) error {
	for retries := 0; ; retries++ {
		if err := attempt(); !isConflict(err) || retries >= maxRetries || !backoff(ctx, retries) {
			return err
		}
	}
}

// backoff waits before one more retry, for a random time that grows with their number. It returns false if ctx has ended.
func backoff(ctx context.Context, retries int) bool {
	return Sleep(ctx, rand.N(min(maxBackoff, time.Millisecond<<min(retries, maxRetries)))) == nil
}

// Sleep returns ctx's error if that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// isConflict reports whether a retry may succeed.
func isConflict(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.fault == Conflict
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
	Lost                     // the connection is lost: whether a COMMIT took place is unknown
)

// A failure is the one kind of error that a store has. Its text is for the log.
type failure struct {
	driver string
	doing  string
	fault  Fault
	cause  error
}

func (f *failure) Error() string {
	return fmt.Sprintf("%s: %s: %v: %v", f.driver, f.doing, f.kind(), f.cause)
}

// Unwrap returns the kind alone: callers depend on no driver's errors.
func (f *failure) Unwrap() error { return f.kind() }

func (f *failure) kind() domain.Kind {
	if f.fault == Broken {
		return ports.ErrInternal
	}
	return ports.ErrUnavailable
}

// failed returns err as a failure, unless it is one; nil for nil.
func (d Driver) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	return &failure{d.Name, doing, d.fault(err), err}
}

// fault classifies the errors that every driver has, and asks Driver.Fault about the others.
func (d Driver) fault(err error) Fault {
	for _, lost := range []error{context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone} {
		if errors.Is(err, lost) {
			return Lost
		}
	}
	return d.Fault(err)
}
