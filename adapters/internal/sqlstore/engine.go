package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An Engine is what one kind of database does in its own way. Packages sqlite and postgres have one each; all the rest
// is shared.
type Engine struct {
	Name       string        // in errors
	Dialect    goose.Dialect // of the migrations
	Migrations fs.FS         // with the folder migrations
	Versioned  string        // a query: whether the table of the migrations that ran is there
	Enter      string        // a statement with which a transaction of a tenant begins; empty for none
	Upkeep     string        // a statement after which a transaction sees the replies of all tenants; empty for none
	Relay      string        // a statement after which a transaction sees all journals, and a crash may undo its commit; empty for none
	Notify     string        // a statement that tells other processes a text; empty where none listens
	RowLock    string        // the clause that locks the rows of a SELECT; empty where one transaction writes at a time
	Lateral    bool          // whether a join may look to its left
	// Table is a slice of a model's rows as a subquery: what the database reads fastest; nil for VALUES.
	Table func(db bun.IDB, rows any) schema.Query
	Fault func(error) Fault
}

// A Fault says what an error of the driver means for a transaction.
type Fault int

const (
	Broken      Fault = iota // a defect: nothing that trying again would mend
	Unavailable              // not now
	Conflict                 // somebody else was in the way: begin again
	Lost                     // the connection is gone: whether a commit took place is not known
)

// A failure is the one kind of error that a store has. Its text is for the log.
type failure struct {
	engine string
	doing  string
	fault  Fault
	cause  error
}

func (f *failure) Error() string {
	return fmt.Sprintf("%s: %s: %v: %v", f.engine, f.doing, f.kind(), f.cause)
}

// Unwrap returns the kind alone: which driver there is, and what it says, is nobody's business.
func (f *failure) Unwrap() error { return f.kind() }

func (f *failure) kind() domain.Kind {
	if f.fault == Broken {
		return ports.ErrInternal
	}
	return ports.ErrUnavailable
}

// table is what Table says of a pointer to a slice.
func (e Engine) table(db bun.IDB, rows any) schema.Query {
	if e.Table == nil {
		return db.NewValues(rows)
	}
	return e.Table(db, rows)
}

// failed returns err as a failure, unless it is one; nil for nil.
func (e Engine) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	return &failure{e.Name, doing, e.fault(err), err}
}

// fault knows the errors that are alike for every driver, and asks the engine for the others.
func (e Engine) fault(err error) Fault {
	for _, lost := range []error{context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone} {
		if errors.Is(err, lost) {
			return Lost
		}
	}
	return e.Fault(err)
}
