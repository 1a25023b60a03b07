package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
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

// An outboxRow says up to which sequence a course's journal is compacted; without a row it is not. An earlier build also writes in
// it up to where the journal is published.
type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`
	Tenant        domain.TenantID `bun:"tenant_id,pk"`
	Course        domain.CourseID `bun:"course_id,pk"`
	PublishedUpTo int64           `bun:"published"`
	PurgedUpTo    int64           `bun:"purged"`
	MayPurgeUpTo  int64           `bun:"may_purge,scanonly"` // what purgeable finds
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

// purgeable returns the next courses whose first entry after the last purge is old enough. MayPurgeUpTo is the last entry of the course,
// or the one before its first unpublished entry. That is read once for all of them, before their transactions:
//   - An entry that is committed later is after it.
//   - A record that is published later makes the purge remove less than it might; the next one does the rest.
//   - A republication that is committed later may have entries from before it. To remove these is right: the purge counts as the earlier
//     of the two, and [ports.Outbox] leaves out what a purge has removed.
func (s *Store) purgeable(ctx context.Context, after outboxRow, before time.Time) (courses []outboxRow, err error) {
	err = s.readTx(ctx, s.pools.Fresh, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error { // lasts as long as there are records
		err := tx.NewSelect().TableExpr("courses AS c").
			Join("LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id").
			Join("JOIN journal AS j ON j.tenant_id = c.tenant_id AND j.course_id = c.course_id AND j.sequence = coalesce(o.purged, 0) + 1").
			ColumnExpr("c.tenant_id, c.course_id, coalesce(o.published, 0) AS published, coalesce(o.purged, 0) AS purged, c.sequence AS may_purge").
			Where("(c.tenant_id, c.course_id) > (?, ?)", after.Tenant, after.Course).Where("j.occurred_at < ?", before).
			OrderExpr("c.tenant_id, c.course_id").Limit(maintenancePage).Scan(ctx, &courses)
		if err == nil && len(courses) > 0 {
			err = keepUnpublished(ctx, tx, courses)
		}
		return s.driver.failed("look for what may be purged", err)
	})
	return courses, err
}

// keepUnpublished lowers MayPurgeUpTo of courses, which are in order, to before their first unpublished entries.
func keepUnpublished(ctx context.Context, tx bun.IDB, courses []outboxRow) error {
	of := make(map[ports.CourseRef]*outboxRow, len(courses))
	for i, c := range courses {
		of[ports.CourseRef{Tenant: c.Tenant, Course: c.Course}] = &courses[i]
	}
	records := tx.NewSelect().Where("tenant_id BETWEEN ? AND ?", courses[0].Tenant, courses[len(courses)-1].Tenant)
	return eachRecord(ctx, records, func(_ int64, spans []recordSpan) {
		for _, span := range spans {
			if c := of[ports.CourseRef{Tenant: span.Tenant, Course: span.Course}]; c != nil {
				c.MayPurgeUpTo = min(c.MayPurgeUpTo, span.First-1)
			}
		}
	})
}

// eachRecord calls do with the id and the spans of each unpublished record that q selects.
func eachRecord(ctx context.Context, q *bun.SelectQuery, do func(id int64, spans []recordSpan)) error {
	rows, err := q.Model((*RecordRow)(nil)).Column("id", "tenant_id", "spans").Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var record RecordRow
		if err := rows.Scan(&record.ID, &record.Tenant, &record.Spans); err != nil {
			return err
		}
		spans, err := record.spans()
		if err != nil {
			return err
		}
		do(record.ID, spans)
	}
	return rows.Err()
}

// purge removes the entries of a journal that later ones supersede, up to MayPurgeUpTo. It locks the outbox row, which it creates if there
// is none: the course can change and be published meanwhile, but only one purge runs. The transaction lasts as long as the journal is long.
func (s *Store) purge(ctx context.Context, course outboxRow, before time.Time) (removed int, err error) {
	err = s.inLongTx(ctx, "purge", s.driver.relay(), func(ctx context.Context, tx bun.Tx) error {
		row := course // as it was found, at each retry
		removed = 0
		if _, err := tx.NewInsert().Model(&row).On("CONFLICT (tenant_id, course_id) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
			return err
		}
		if err := s.driver.forUpdate(tx.NewSelect().Model(&row).WherePK()).Scan(ctx); err != nil {
			return err
		}
		journal := func() *bun.SelectQuery {
			return tx.NewSelect().Model((*EntryRow)(nil)).Where("j.tenant_id = ?", row.Tenant).Where("j.course_id = ?", row.Course)
		}
		var upTo int64
		err := journal().ColumnExpr("coalesce(min(j.sequence) FILTER (WHERE j.occurred_at >= ?) - 1, max(j.sequence), 0)", before).
			Scan(ctx, &upTo)
		if err != nil {
			return err
		}
		if upTo = min(upTo, row.MayPurgeUpTo); upTo <= row.PurgedUpTo {
			return nil
		}
		superseded, err := supersededEntries(ctx, journal().Where("j.sequence <= ?", upTo))
		if err != nil {
			return err
		}
		if err := removeEntries(ctx, tx, row, superseded); err != nil {
			return err
		}
		row.PurgedUpTo, row.PublishedUpTo, removed = upTo, max(row.PublishedUpTo, upTo), len(superseded)
		_, err = tx.NewUpdate().Model(&row).Column("purged", "published").WherePK().Exec(ctx)
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

// Republish implements [ports.MaintenanceStore].
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	err = s.inLongTx(ctx, "republish", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) (err error) {
		n, err = republish(ctx, tx, s.driver, tenant, since.UTC())
		return err
	})
	if err == nil && n > 0 {
		s.committed()
	}
	return n, err
}

// republish adds a record for every so many entries of a course since a time, and returns how many entries these are. It locks the
// courses: a commit meanwhile would have a record with a lower id.
func republish(ctx context.Context, tx bun.IDB, driver Driver, tenant domain.TenantID, since time.Time) (n int, err error) {
	var courses []recordSpan
	first := tx.NewSelect().Model((*EntryRow)(nil)).ColumnExpr("j.course_id, min(j.sequence) AS first").
		Where("j.tenant_id = ?", tenant).Where("j.occurred_at >= ?", since).GroupExpr("j.course_id")
	locked := tx.NewSelect().With("since", first).TableExpr("courses AS c").Join("JOIN since ON since.course_id = c.course_id").
		ColumnExpr("c.course_id, since.first").Where("c.tenant_id = ?", tenant).OrderExpr("c.course_id")
	if err := driver.forUpdate(locked).Scan(ctx, &courses); err != nil {
		return 0, err
	}
	if err := removeRepublished(ctx, tx, tenant, courses); err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(courses, rowsPerStatement) {
		// SQLite joins in this order, and PostgreSQL would search the whole journal for each chunk if it were not for the range.
		records := tx.NewSelect().With("since", driver.table(tx, &chunk)).TableExpr("since").Join("CROSS JOIN journal AS j").
			Where("j.tenant_id = ?", tenant).Where("j.course_id BETWEEN ? AND ?", chunk[0].Course, chunk[len(chunk)-1].Course).
			Where("j.course_id = since.course_id").Where("j.sequence >= since.first").
			ColumnExpr("j.tenant_id, min(j.sequence) || ' ' || max(j.sequence) || ' ' || j.course_id || ? AS spans", "\n").
			ColumnExpr("count(*) AS events, '' AS entry_id, min(j.occurred_at) AS occurred_at, true AS republication").
			GroupExpr("j.tenant_id, j.course_id, (j.sequence - since.first) / ?", recordEvents).OrderExpr("j.course_id, min(j.sequence)")
		var events []int
		err := tx.NewRaw("INSERT INTO unpublished (tenant_id, spans, events, entry_id, occurred_at, republication) ? RETURNING events", records).
			Scan(ctx, &events)
		if err != nil {
			return 0, err
		}
		for _, count := range events {
			n += count
		}
	}
	return n, nil
}

// removeRepublished removes the unpublished records that have only entries of courses from their First on. If a record stays, so do those
// before it that have one of its courses.
func removeRepublished(ctx context.Context, tx bun.IDB, tenant domain.TenantID, courses []recordSpan) error {
	first := make(map[domain.CourseID]int64, len(courses))
	for _, c := range courses {
		first[c.Course] = c.First
	}
	var removed []int64
	records := tx.NewSelect().Where("tenant_id = ?", tenant).OrderExpr("id DESC")
	err := eachRecord(ctx, records, func(id int64, spans []recordSpan) {
		if !slices.ContainsFunc(spans, func(s recordSpan) bool { return first[s.Course] == 0 || s.First < first[s.Course] }) {
			removed = append(removed, id)
			return
		}
		for _, s := range spans {
			delete(first, s.Course)
		}
	})
	if err != nil {
		return err
	}
	return removeRecords(ctx, tx, removed)
}

// recordEvents is how many entries a record has that is made from the journal, at most.
const recordEvents = 1000
