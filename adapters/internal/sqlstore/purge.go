package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/ports"
)

// placesAtOnce is how many courses are held while each is purged.
const placesAtOnce = 1000

// Purge implements [ports.Store].
func (s *Store) Purge(ctx context.Context, before time.Time) (removed int, err error) {
	before = before.UTC()
	for after := (ports.CourseRef{}); ; {
		places, err := s.purgeable(ctx, after, before)
		if err != nil {
			return removed, err
		}
		for _, at := range places {
			err := s.again(ctx, func() error {
				n, err := s.purge(ctx, at, before)
				removed += n
				return err
			})
			if err != nil {
				return removed, err
			}
		}
		if len(places) < placesAtOnce {
			return removed, nil
		}
		after = places[len(places)-1]
	}
}

// purgeable returns courses whose first entry after the last purge may be removed.
func (s *Store) purgeable(ctx context.Context, after ports.CourseRef, before time.Time) (places []ports.CourseRef, err error) {
	err = s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		var rows []outboxRow
		err := tx.NewSelect().Model(&rows).
			Join("JOIN journal AS j ON j.tenant_id = o.tenant_id AND j.course_id = o.course_id AND j.sequence = o.purged + 1").
			Where("(o.tenant_id, o.course_id) > (?, ?)", after.Tenant, after.Course).
			Where("o.published > o.purged").Where("j.occurred_at < ?", before).
			OrderExpr("o.tenant_id, o.course_id").Limit(placesAtOnce).Scan(ctx)
		places = convert(rows, func(r outboxRow) ports.CourseRef { return ports.CourseRef{Tenant: r.Tenant, Course: r.Course} })
		return s.engine.failed("look for what may be purged", err)
	})
	return places, err
}

// purge is one transaction. It lasts as long as the course's journal is, so only ctx ends it; it keeps nobody from changing
// the course, but the mark from being moved.
func (s *Store) purge(ctx context.Context, at ports.CourseRef, before time.Time) (removed int, err error) {
	tx, err := s.beginAs(ctx, s.engine.Relay)
	if err != nil {
		return 0, err
	}
	defer tx.end()
	if removed, err = snapshot(ctx, tx, s.engine, at, before); err != nil {
		return 0, s.engine.failed("purge", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, s.engine.failed("commit", err)
	}
	return removed, nil
}

func snapshot(ctx context.Context, tx bun.IDB, engine Engine, at ports.CourseRef, before time.Time) (removed int, err error) {
	mark := outboxRow{Tenant: at.Tenant, Course: at.Course}
	q := tx.NewSelect().Model(&mark).WherePK()
	if engine.RowLock != "" {
		q = q.For(engine.RowLock)
	}
	if err := q.Scan(ctx); err != nil {
		return 0, err
	}
	journal := func() *bun.SelectQuery {
		return tx.NewSelect().Model((*EntryRow)(nil)).Where("j.tenant_id = ?", at.Tenant).Where("j.course_id = ?", at.Course)
	}
	upTo := mark.Published
	err = journal().ColumnExpr("coalesce(min(j.sequence) - 1, ?)", upTo).
		Where("j.sequence <= ?", upTo).Where("j.occurred_at >= ?", before).Scan(ctx, &upTo)
	if err != nil || upTo <= mark.Purged { // as far as that, it is a snapshot
		return 0, err
	}
	// Entries without a learner are the course's own, and partitions take them for those of one.
	last := journal().Column("sequence").ColumnExpr("max(j.sequence) OVER (PARTITION BY j.learner_id) AS last").
		Where("j.sequence <= ?", upTo)
	var overtaken []int64
	err = tx.NewSelect().TableExpr("(?) AS l", last).Column("sequence").Where("l.sequence < l.last").OrderExpr("l.sequence").
		Scan(ctx, &overtaken)
	if err != nil {
		return 0, err
	}
	if err := removeEntries(ctx, tx, at, overtaken); err != nil {
		return 0, err
	}
	mark.Purged = upTo
	_, err = tx.NewUpdate().Model(&mark).Column("purged").WherePK().Exec(ctx)
	return len(overtaken), err
}

// removeEntries names them, and between which they are: a planner that has not seen how the journal has grown would look for
// each among all the others.
func removeEntries(ctx context.Context, tx bun.IDB, at ports.CourseRef, sequences []int64) error {
	for some := range slices.Chunk(sequences, rowsAtOnce) {
		_, err := tx.NewDelete().Model((*EntryRow)(nil)).Where("tenant_id = ?", at.Tenant).Where("course_id = ?", at.Course).
			Where("sequence BETWEEN ? AND ?", some[0], some[len(some)-1]).Where("sequence IN (?)", bun.In(some)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
