package sqlstore

import (
	"context"
	"errors"

	"example.com/roster/ports"
)

// A Transaction is one attempt of an Update. It holds its locks, and has read what the Update needs.
type Transaction interface {
	// Load reads what need names of the courses, which are locked. It may leave out the courses themselves.
	Load(ctx context.Context, need ports.Need) (LoadedRows, error)
	// Find reports whether the rows of another transaction are stored. It is called while the courses are locked.
	Find(ctx context.Context, sent WriteSet) (bool, error)
	// Save sends the rows, and COMMIT.
	Save(ctx context.Context, rows WriteSet) error
	// End rolls back what is not committed, and releases the connection.
	End()
}

// A Begin begins a transaction of need's tenant, locks need's courses in order of id, and then reads all that need names.
// Loading ends with the context loading; the transaction may last until whole ends.
type Begin func(loading, whole context.Context, need ports.Need) (Transaction, LoadedRows, error)

// Update implements [ports.Store].
//
// Terms: an attempt is one transaction. Its write set is the rows that it sends together with COMMIT. A write set is
// unsettled if the connection was lost before the answer to its COMMIT.
//
// States of an attempt:
//   - loading: it waits for a connection and for the locks of the courses, then reads. The caller's context ends it.
//   - deciding: decide runs, in memory. It may load more of the same courses.
//   - saving: it sends the write set and COMMIT. The caller's context no longer ends it; [txTimeout] does.
//
// Failure: an attempt that fails is rolled back. After a conflict Update retries, with a backoff, up to [maxRetries] times.
// If the connection is lost while saving, Update retries as well, and each further attempt first looks for the unsettled
// write sets: if one is stored, Update is done and decide is not called again. From then on neither the caller's context
// nor a number of retries ends Update: it has [txTimeout] to settle. Any other failure ends it.
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	u := update{Store: s, need: need, decide: decide}
	callers := ctx
	for retries := 0; ; retries++ {
		retry, err := u.attempt(ctx)
		if len(u.unsettled) > 0 && ctx == callers {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(callers), s.settleWithin)
			defer cancel()
		}
		if !retry || len(u.unsettled) == 0 && retries >= maxRetries || !backoff(ctx, retries) {
			return err
		}
	}
}

type update struct {
	*Store
	need      ports.Need
	decide    func(ports.Loaded) (ports.Changes, error)
	unsettled []WriteSet
}

// attempt runs one transaction, and reports whether to retry.
func (u *update) attempt(ctx context.Context) (retry bool, err error) {
	loading, cancel := context.WithTimeout(ctx, txTimeout)
	defer cancel()
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), txTimeout)
	defer cancel()
	tx, rows, err := u.pools.Begin(loading, whole, u.need)
	if err != nil {
		err = u.driver.failed("load", err)
		return u.retries(err), err
	}
	defer tx.End()

	if stored, err := u.settled(loading, tx); stored || err != nil {
		return u.retries(err), err
	}
	loaded, err := rows.loaded(u.need)
	if err != nil {
		return false, u.driver.failed("load", err)
	}
	loaded.More = func(larger ports.Need) (more ports.Loaded, err error) {
		courses := rows.Courses
		u.need = larger // of a retry, too, if this fails
		if rows, err = tx.Load(loading, larger); err != nil {
			return more, u.driver.failed("load more", err)
		}
		rows.Courses = courses
		return rows.loaded(larger)
	}
	changes, err := u.decide(loaded)
	if err != nil {
		return u.retries(err), err
	}
	if ctx.Err() != nil {
		return false, u.driver.failed("decide", ctx.Err())
	}
	set := rows.writeSet(u.need.Tenant, changes)
	if len(set.InsertEntries) > 0 && u.relayIsLocal.Load() {
		u.recent.add(set.InsertEntries)
	}
	if err := tx.Save(whole, set); err != nil {
		err = u.driver.failed("save", err)
		if f, ok := errors.AsType[*failure](err); ok && f.fault == Lost {
			u.unsettled = append(u.unsettled, set)
		}
		return u.retries(err), err
	}
	if len(set.InsertEntries) > 0 {
		u.committed()
	}
	return false, nil
}

// retries reports whether to retry after err: while a write set is unsettled, after any.
func (u *update) retries(err error) bool {
	return err != nil && (isConflict(err) || len(u.unsettled) > 0)
}

// settled reports whether an unsettled write set is stored. The transaction that sent it has ended if it locked a course:
// tx holds that lock now. One that created a course or a reply had none to lock. If it is still running, the Save of tx
// conflicts with it, and the next attempt looks again.
func (u *update) settled(ctx context.Context, tx Transaction) (bool, error) {
	for _, set := range u.unsettled {
		stored, err := tx.Find(ctx, set)
		if stored {
			u.committed()
		}
		if stored || err != nil {
			return stored, u.driver.failed("look for what was sent", err)
		}
	}
	return false, nil
}
