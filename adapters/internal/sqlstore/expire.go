package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

// expiredAtOnce is how many replies one transaction removes.
const expiredAtOnce = 1000

// Expire implements [ports.Store].
func (s *Store) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	for try := 0; ; {
		n, err := s.expire(ctx, before)
		removed += n
		switch {
		case conflict(err) && pause(ctx, try):
			try++
		case err != nil || n < expiredAtOnce:
			return removed, err
		default:
			try = 0
		}
	}
}

// expire is one transaction. It goes by the order of time, so that a page is found without looking through the others.
func (s *Store) expire(ctx context.Context, before time.Time) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := s.beginAs(ctx, s.engine.Upkeep)
	if err != nil {
		return 0, err
	}
	defer tx.end()
	over := tx.NewSelect().Model((*ReplyRow)(nil)).Column("tenant_id", "subject", "name").
		Where("replied_at < ?", before.UTC()).Order("replied_at").Limit(expiredAtOnce)
	n, err := affected(tx.NewDelete().Model((*ReplyRow)(nil)).Where("(tenant_id, subject, name) IN (?)", over).Exec(ctx))
	if err != nil {
		return 0, s.engine.failed("expire", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, s.engine.failed("commit", err)
	}
	return n, nil
}

// affected returns how many rows a statement changed.
func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
