package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
)

// maintenancePage is how many replies one transaction expires, and how many courses are held in memory for a purge.
const maintenancePage = 1000

// Expire implements [ports.MaintenanceStore]. It removes replies in order of time, so that no page reads what another has read.
func (s *Store) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	for {
		var n int
		err := s.inTx(ctx, "expire", s.driver.scope(s.driver.SetUpkeep), func(ctx context.Context, tx bun.Tx) (err error) {
			expired := tx.NewSelect().Model((*ReplyRow)(nil)).Column("tenant_id", "subject", "name").
				Where("replied_at < ?", before.UTC()).Order("replied_at").Limit(maintenancePage)
			n, err = affected(tx.NewDelete().Model((*ReplyRow)(nil)).Where("(tenant_id, subject, name) IN (?)", expired).Exec(ctx))
			return err
		})
		if err != nil {
			return removed, err
		}
		if removed += n; n < maintenancePage {
			return removed, nil
		}
	}
}

// Purge implements [ports.MaintenanceStore]. Each course is a transaction of its own.
func (s *Store) Purge(ctx context.Context, before time.Time) (removed int, err error) {
	before = before.UTC()
	for after := (outboxRow{}); ; {
		courses, err := s.purgeable(ctx, after, before)
		if err != nil {
			return removed, err
		}
		for _, course := range courses {
			n, err := s.purge(ctx, course, before)
			if err != nil {
				return removed, err
			}
			removed += n
		}
		if len(courses) < maintenancePage {
			return removed, nil
		}
		after = courses[len(courses)-1]
	}
}

// purgeable returns the next courses whose first entry after the last purge may be removed.
func (s *Store) purgeable(ctx context.Context, after outboxRow, before time.Time) (courses []outboxRow, err error) {
	err = s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		err := tx.NewSelect().Model(&courses).
			Join("JOIN journal AS j ON j.tenant_id = o.tenant_id AND j.course_id = o.course_id AND j.sequence = o.purged + 1").
			Where("(o.tenant_id, o.course_id) > (?, ?)", after.Tenant, after.Course).
			Where("o.published > o.purged").Where("j.occurred_at < ?", before).
			OrderExpr("o.tenant_id, o.course_id").Limit(maintenancePage).Scan(ctx)
		return s.driver.failed("look for what may be purged", err)
	})
	return courses, err
}

// purge removes the entries of a journal that later ones supersede. It locks the outbox row: the course can change
// meanwhile, but published can't. The transaction lasts as long as the journal is long.
func (s *Store) purge(ctx context.Context, row outboxRow, before time.Time) (removed int, err error) {
	err = s.inLongTx(ctx, "purge", s.driver.relay(), func(ctx context.Context, tx bun.Tx) error {
		removed = 0
		if err := s.driver.forUpdate(tx.NewSelect().Model(&row).WherePK()).Scan(ctx); err != nil {
			return err
		}
		journal := func() *bun.SelectQuery {
			return tx.NewSelect().Model((*EntryRow)(nil)).Where("j.tenant_id = ?", row.Tenant).Where("j.course_id = ?", row.Course)
		}
		upTo := row.PublishedUpTo
		err := journal().ColumnExpr("coalesce(min(j.sequence) - 1, ?)", upTo).
			Where("j.sequence <= ?", upTo).Where("j.occurred_at >= ?", before).Scan(ctx, &upTo)
		if err != nil || upTo <= row.PurgedUpTo {
			return err
		}
		superseded, err := supersededEntries(ctx, journal().Where("j.sequence <= ?", upTo))
		if err != nil {
			return err
		}
		if err := removeEntries(ctx, tx, row, superseded); err != nil {
			return err
		}
		row.PurgedUpTo, removed = upTo, len(superseded)
		_, err = tx.NewUpdate().Model(&row).Column("purged").WherePK().Exec(ctx)
		return err
	})
	return removed, err
}

// supersededEntries returns the sequences of the entries that a purge of the old part of a journal removes, in order.
func supersededEntries(ctx context.Context, old *bun.SelectQuery) (superseded []int64, err error) {
	renamed, err := old.Clone().Where("j.previous_learner_id IS NOT NULL").Exists(ctx)
	if err != nil {
		return nil, err
	}
	if renamed {
		return supersededOf(ctx, old)
	}
	// The learner of the course's own entries is NULL: PARTITION BY takes all NULLs as one group, which is what a purge needs.
	last := old.Column("sequence").ColumnExpr("max(j.sequence) OVER (PARTITION BY j.learner_id) AS last")
	err = old.NewSelect().TableExpr("(?) AS l", last).Column("sequence").Where("l.sequence < l.last").OrderExpr("l.sequence").
		Scan(ctx, &superseded)
	return superseded, err
}

// supersededOf asks [domain.Purge] about each entry: an id does not always mean the same person.
func supersededOf(ctx context.Context, old *bun.SelectQuery) (superseded []int64, err error) {
	purge := domain.Purge{}
	for page := old; ; {
		var rows []EntryRow
		err := page.Clone().Model(&rows).Column("sequence", "type", "learner_id", "previous_learner_id").
			OrderExpr("j.sequence DESC").Limit(journalPage).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if !purge.Keeps(row.entry().Event) {
				superseded = append(superseded, row.Sequence)
			}
		}
		if len(rows) < journalPage {
			slices.Reverse(superseded)
			return superseded, nil
		}
		page = old.Clone().Where("j.sequence < ?", rows[len(rows)-1].Sequence)
	}
}

// removeEntries names the entries, and the range that they are in: a planner whose statistics are older than the journal
// would search for each entry among all others.
func removeEntries(ctx context.Context, tx bun.IDB, course outboxRow, sequences []int64) error {
	for chunk := range slices.Chunk(sequences, rowsPerStatement) {
		_, err := tx.NewDelete().Model((*EntryRow)(nil)).Where("tenant_id = ?", course.Tenant).Where("course_id = ?", course.Course).
			Where("sequence BETWEEN ? AND ?", chunk[0], chunk[len(chunk)-1]).Where("sequence IN (?)", bun.List(chunk)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// Republish implements [ports.MaintenanceStore]. The transaction lasts as long as the tenant's journals are long.
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	err = s.inLongTx(ctx, "republish", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) (err error) {
		n, err = rewind(ctx, tx, s.driver, tenant, since.UTC())
		return err
	})
	if err == nil {
		s.committed(nil)
	}
	return n, err
}

// rewind sets published back to before the first entry since a time, for each course, and returns how many entries are
// unpublished by that. It locks the outbox rows first, so that none advances between being read and being set.
func rewind(ctx context.Context, tx bun.IDB, driver Driver, tenant domain.TenantID, since time.Time) (int, error) {
	outbox := func() *bun.SelectQuery {
		return tx.NewSelect().Model((*outboxRow)(nil)).Where("o.tenant_id = ?", tenant)
	}
	if _, err := driver.forUpdate(outbox().ColumnExpr("1").OrderExpr("o.course_id")).Exec(ctx); err != nil {
		return 0, err
	}
	rewound := outbox().
		Join("JOIN journal AS j ON j.tenant_id = o.tenant_id AND j.course_id = o.course_id AND j.sequence <= o.published").
		Where("j.occurred_at >= ?", since).
		ColumnExpr("o.course_id, o.published AS mark_from, min(j.sequence) - 1 AS mark_to").
		GroupExpr("o.course_id, o.published")
	n, err := tx.NewSelect().With("rewound", rewound).Model((*EntryRow)(nil)).
		Join("JOIN rewound AS r ON r.course_id = j.course_id AND j.sequence > r.mark_to AND j.sequence <= r.mark_from").
		Where("j.tenant_id = ?", tenant).Count(ctx)
	if err != nil {
		return 0, err
	}
	_, err = tx.NewUpdate().With("rewound", rewound).Model((*outboxRow)(nil)).TableExpr("rewound AS r").
		Set("published = r.mark_to").Where("o.tenant_id = ?", tenant).Where("o.course_id = r.course_id").Exec(ctx)
	return int(n), err
}
