package sqlstore

import (
	"context"
	"errors"

	"example.com/roster/ports"
)

// A Transaction is one try of an Update: it has begun, holds its locks, and has read what it needs.
type Transaction interface {
	// Load reads what need names of the courses, which are locked; it may leave out the courses themselves.
	Load(ctx context.Context, need ports.Need) (Found, error)
	// Find reports whether rows that another transaction has sent are there. It is asked while the courses are locked.
	Find(ctx context.Context, sent Rows) (bool, error)
	// Save sends the rows, and COMMIT.
	Save(ctx context.Context, rows Rows) error
	// End takes back what was not committed, and frees the connection.
	End()
}

// A Begin begins a transaction of need's tenant, locks need's courses in order of id, and then reads all that need names. It
// does so until loading ends; the transaction may last until whole does.
type Begin func(loading, whole context.Context, need ports.Need) (Transaction, Found, error)

// Update implements [ports.Store]. It begins again after a conflict, and after a COMMIT of which nothing was heard: then
// to look for what was sent, and the caller's leaving no longer ends it.
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	u := update{Store: s, need: need, decide: decide}
	asked := ctx
	for try := 0; ; try++ {
		again, err := u.run(ctx)
		if len(u.sent) > 0 && ctx == asked {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(asked), patience)
			defer cancel()
		}
		if !again || !pause(ctx, try) {
			return err
		}
	}
}

// An update runs one transaction after another until one is done.
type update struct {
	*Store
	need   ports.Need
	decide func(ports.Loaded) (ports.Changes, error)
	sent   []Rows // of which nothing was heard
}

// run is one transaction. Up to the save it ends with ctx; from then on the caller's leaving does not cut it.
func (u *update) run(ctx context.Context) (again bool, err error) {
	loading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	tx, found, err := u.opened.Begin(loading, whole, u.need)
	if err != nil {
		err = u.engine.failed("load", err)
		return u.again(err), err
	}
	defer tx.End()

	if there, err := u.settled(loading, tx); there || err != nil {
		return u.again(err), err
	}
	loaded, err := found.loaded(u.need)
	if err != nil {
		return false, u.engine.failed("load", err)
	}
	loaded.More = func(larger ports.Need) (ports.Loaded, error) {
		more, err := tx.Load(loading, larger)
		if err != nil {
			return ports.Loaded{}, u.engine.failed("load more", err)
		}
		more.Courses = found.Courses
		u.need, found = larger, more
		return found.loaded(larger)
	}
	changes, err := u.decide(loaded)
	if err != nil {
		return conflict(err), err
	}
	if ctx.Err() != nil {
		return false, u.engine.failed("decide", ctx.Err())
	}
	rows, err := found.rows(u.need.Tenant, changes)
	if err != nil {
		return false, u.engine.failed("save", err)
	}
	if err := tx.Save(whole, rows); err != nil {
		err = u.engine.failed("save", err)
		if f, ok := errors.AsType[*failure](err); ok && f.fault == Lost {
			u.sent = append(u.sent, rows)
		}
		return u.again(err), err
	}
	if len(rows.Journal) > 0 {
		u.committed(rows.places())
	}
	return false, nil
}

// again reports whether to begin again after err. While it is not known what became of something, there is no other way.
func (u *update) again(err error) bool { return err != nil && (conflict(err) || len(u.sent) > 0) }

// settled reports whether something that was sent is there after all. The courses are locked, so a transaction that was
// still at it has ended; where it made a course or a reply that could not be locked, it is in the way of the next one,
// which then looks again.
func (u *update) settled(ctx context.Context, tx Transaction) (bool, error) {
	for _, rows := range u.sent {
		there, err := tx.Find(ctx, rows)
		if there {
			u.committed(rows.places())
		}
		if there || err != nil {
			return there, u.engine.failed("look for what was sent", err)
		}
	}
	return false, nil
}
