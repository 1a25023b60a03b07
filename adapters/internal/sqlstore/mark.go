package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A batch is what of one course is to be marked.
type batch struct {
	Tenant domain.TenantID `bun:"tenant_id,type:text"`
	Course domain.CourseID `bun:"course_id,type:text"`
	First  int64           `bun:"first,type:bigint"`
	Last   int64           `bun:"last,type:bigint"`
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(ctx context.Context, messages []ports.Message) error {
	batches := byPlace(messages)
	if len(batches) == 0 {
		return nil
	}
	return s.again(ctx, func() error { return s.mark(ctx, batches) })
}

// byPlace takes the messages of each course together.
func byPlace(messages []ports.Message) (batches []batch) {
	for _, m := range messages {
		if i := len(batches) - 1; i >= 0 && batches[i].Tenant == m.Tenant && batches[i].Course == m.Course {
			batches[i].Last = m.Sequence
			continue
		}
		batches = append(batches, batch{m.Tenant, m.Course, m.Sequence, m.Sequence})
	}
	return batches
}

// mark is one transaction.
func (s *Store) mark(ctx context.Context, batches []batch) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := s.beginAs(ctx, s.engine.Relay)
	if err != nil {
		return err
	}
	defer tx.end()
	for some := range slices.Chunk(batches, rowsAtOnce) {
		if err := move(ctx, tx, s.engine, some); err != nil {
			return s.engine.failed("mark as published", err)
		}
	}
	return s.engine.failed("commit", tx.Commit())
}

// move moves the marks of batches before which there is nothing that is not marked.
func move(ctx context.Context, tx bun.IDB, engine Engine, batches []batch) error {
	moved, err := moveOn(ctx, tx, engine, batches)
	if err != nil || moved == len(batches) {
		return err
	}
	return moveAll(ctx, tx, engine, batches)
}

// moveOn moves the marks right before which a batch begins, and returns how many: nearly always all.
func moveOn(ctx context.Context, tx bun.IDB, engine Engine, batches []batch) (int, error) {
	moved, err := tx.NewUpdate().With("batch", engine.table(tx, &batches)).Model((*outboxRow)(nil)).TableExpr("batch AS b").
		Set("published = b.last").Where("o.tenant_id = b.tenant_id AND o.course_id = b.course_id").
		Where("o.published >= b.first - 1 AND o.published < b.last").Exec(ctx)
	if err != nil {
		return 0, err
	}
	n, err := moved.RowsAffected()
	return int(n), err
}

// moveAll looks at the journals, too: a course may have no mark yet, or have lost what is before a batch to a purge. It locks
// the marks first, so that none is taken back between being looked at and being moved. Under row-level security an index is
// searched by what was computed before, and not by coalesce itself: hence MATERIALIZED, here and in Backlog.
func moveAll(ctx context.Context, tx bun.IDB, engine Engine, batches []batch) error {
	values := engine.table(tx, &batches)
	if engine.RowLock != "" {
		lock := tx.NewSelect().With("batch", values).Model((*outboxRow)(nil)).ColumnExpr("1").
			Join("JOIN batch AS b ON b.tenant_id = o.tenant_id AND b.course_id = o.course_id").
			OrderExpr("o.tenant_id, o.course_id").For(engine.RowLock + " OF o")
		if _, err := lock.Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewRaw(`
		WITH batch (tenant_id, course_id, first, last) AS (?), marked AS MATERIALIZED (
			SELECT b.tenant_id, b.course_id, b.first, b.last, coalesce(o.published, 0) AS published
			FROM batch AS b LEFT JOIN outbox AS o ON o.tenant_id = b.tenant_id AND o.course_id = b.course_id)
		INSERT INTO outbox AS o (tenant_id, course_id, published, purged)
		SELECT m.tenant_id, m.course_id, m.last, 0 FROM marked AS m
		WHERE m.first <= (
			SELECT j.sequence FROM journal AS j WHERE j.tenant_id = m.tenant_id AND j.course_id = m.course_id
			AND j.sequence > m.published ORDER BY j.sequence LIMIT 1)
		ON CONFLICT (tenant_id, course_id) DO UPDATE SET published = excluded.published WHERE o.published < excluded.published`,
		values).Exec(ctx)
	return err
}
