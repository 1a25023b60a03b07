package sqlstore

import (
	"context"
	"errors"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

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
	sent   []ports.Changes // with COMMITs of which nothing was heard
}

// run is one transaction. Up to the save it ends with ctx; from then on the caller's leaving does not cut it.
func (u *update) run(ctx context.Context) (again bool, err error) {
	loading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	tx, err := u.begin(loading, whole, u.need.Tenant)
	if err != nil {
		return u.again(err), err
	}
	defer tx.end()

	loaded, known, err := load(loading, tx, u.engine, u.need)
	if err != nil {
		err = u.engine.failed("load", err)
		return u.again(err), err
	}
	if there, err := u.settled(loading, tx); there || err != nil {
		if there {
			u.committed()
		}
		return u.again(err), err
	}
	changes, err := u.decide(loaded)
	if err != nil {
		return false, err
	}
	if ctx.Err() != nil {
		return false, u.engine.failed("decide", ctx.Err())
	}
	if err := save(whole, tx, u.need.Tenant, changes, known); err != nil {
		err = u.engine.failed("save", err)
		return u.again(err), err
	}
	if err := tx.Commit(); err != nil {
		err = u.engine.failed("commit", err)
		if f, ok := errors.AsType[*failure](err); ok && f.fault == Lost {
			u.sent = append(u.sent, changes)
		}
		return u.again(err), err
	}
	if len(changes.Journal) > 0 {
		u.committed()
	}
	return false, nil
}

// again reports whether to begin again after err. While it is not known what became of something, there is no other way.
func (u *update) again(err error) bool { return err != nil && (conflict(err) || len(u.sent) > 0) }

// settled reports whether something that was sent is there after all. The courses are locked, so a transaction that was
// still at it has ended; where it made a course or a reply that could not be locked, it is in the way of the next one,
// which then looks again.
func (u *update) settled(ctx context.Context, tx transaction) (bool, error) {
	for _, changes := range u.sent {
		there, err := find(ctx, tx, u.need.Tenant, changes)
		if there || err != nil {
			return there, u.engine.failed("look for what was sent", err)
		}
	}
	return false, nil
}

// find looks for one part of changes: it is there with all the others or not at all.
func find(ctx context.Context, tx transaction, tenant domain.TenantID, changes ports.Changes) (bool, error) {
	if len(changes.Journal) > 0 {
		e := changes.Journal[0]
		row := entryRow{Tenant: tenant, Course: e.Course, Sequence: e.Sequence}
		return tx.NewSelect().Model(&row).WherePK().Where("entry_id = ?", e.ID).Exists(ctx)
	}
	if len(changes.Replies) > 0 {
		k := changes.Replies[0]
		row := replyRow{Tenant: tenant, Subject: k.Subject, Name: k.Name}
		return tx.NewSelect().Model(&row).WherePK().Where("fingerprint = ?", k.Fingerprint).Where("replied_at = ?", k.At).Exists(ctx)
	}
	return false, nil
}
