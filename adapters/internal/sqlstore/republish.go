package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
)

// Republish implements [ports.Store]. It lasts as long as the tenant's journals are, so only ctx ends it.
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	err = s.again(ctx, func() error {
		n, err = s.republish(ctx, tenant, since.UTC())
		return err
	})
	if err == nil {
		s.committed(nil)
	}
	return n, err
}

// republish is one transaction. It locks the marks first, so that none is moved between being looked at and being taken back.
func (s *Store) republish(ctx context.Context, tenant domain.TenantID, since time.Time) (int, error) {
	tx, err := s.begin(ctx, ctx, tenant)
	if err != nil {
		return 0, err
	}
	defer tx.end()
	n, err := takeBack(ctx, tx, s.engine, tenant, since)
	if err != nil {
		return 0, s.engine.failed("republish", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, s.engine.failed("commit", err)
	}
	return n, nil
}

// A retreat is how far back the mark of a course goes.
type retreat struct {
	Course domain.CourseID `bun:"course_id,type:text"`
	From   int64           `bun:"mark_from,type:bigint"`
	To     int64           `bun:"mark_to,type:bigint"`
}

func takeBack(ctx context.Context, tx bun.IDB, engine Engine, tenant domain.TenantID, since time.Time) (n int, err error) {
	marks := func() *bun.SelectQuery {
		return tx.NewSelect().Model((*outboxRow)(nil)).Where("o.tenant_id = ?", tenant)
	}
	if engine.RowLock != "" {
		if _, err := marks().ColumnExpr("1").OrderExpr("o.course_id").For(engine.RowLock).Exec(ctx); err != nil {
			return 0, err
		}
	}
	var retreats []retreat
	err = marks().
		Join("JOIN journal AS j ON j.tenant_id = o.tenant_id AND j.course_id = o.course_id AND j.sequence <= o.published").
		Where("j.occurred_at >= ?", since).
		ColumnExpr("o.course_id, o.published AS mark_from, min(j.sequence) - 1 AS mark_to").
		GroupExpr("o.course_id, o.published").OrderExpr("o.course_id").Scan(ctx, &retreats)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(retreats, rowsAtOnce) {
		unpublished, err := tx.NewSelect().With("retreat", tx.NewValues(&some)).Model((*EntryRow)(nil)).
			Join("JOIN retreat AS r ON r.course_id = j.course_id AND j.sequence > r.mark_to AND j.sequence <= r.mark_from").
			Where("j.tenant_id = ?", tenant).Count(ctx)
		if err != nil {
			return 0, err
		}
		n += int(unpublished)
		_, err = tx.NewUpdate().With("retreat", tx.NewValues(&some)).Model((*outboxRow)(nil)).TableExpr("retreat AS r").
			Set("published = r.mark_to").Where("o.tenant_id = ?", tenant).Where("o.course_id = r.course_id").Exec(ctx)
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}
