package sqlstore

import (
	"context"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A backlog is a course of which something is not published.
type backlog struct {
	Tenant    domain.TenantID `bun:"tenant_id,type:text"`
	Course    domain.CourseID `bun:"course_id,type:text"`
	Published int64           `bun:"published,type:bigint"` // up to here it is
	Entries   int             `bun:"entries,type:bigint"`   // that are not, or as many of them as are wanted
}

// Unpublished implements [ports.Outbox].
func (s *Store) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.unpublished(ctx, limit, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("(c.tenant_id, c.course_id) > (?, ?)", after.Tenant, after.Course)
	})
}

// A wantedPlace is a course that is asked for.
type wantedPlace struct {
	Tenant domain.TenantID `bun:"tenant_id,type:text"`
	Course domain.CourseID `bun:"course_id,type:text"`
}

// UnpublishedOf implements [ports.Outbox].
func (s *Store) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) (found []ports.Message, err error) {
	if len(courses) == 0 {
		return nil, nil
	}
	wanted := convert(courses, func(p ports.CourseRef) wantedPlace { return wantedPlace(p) })
	if !s.engine.Lateral {
		return s.unpublished(ctx, limit, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.With("wanted", q.DB().NewValues(&wanted)).
				Join("JOIN wanted AS w ON w.tenant_id = c.tenant_id AND w.course_id = c.course_id")
		})
	}
	err = s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		rows, err := headsOf(ctx, tx, s.engine, wanted, limit)
		found = convert(rows, EntryRow.message)
		return s.engine.failed("read what is not published", err)
	})
	return found, err
}

// headsOf looks up the mark of each course, and what comes after it, whatever the planner thinks of the tables: nearly all have
// something. A mark is an aggregate here, so that it is computed before the journal is searched; moveAll says why.
func headsOf(ctx context.Context, db bun.IDB, engine Engine, wanted []wantedPlace, limit int) (rows []EntryRow, err error) {
	mark := db.NewSelect().Model((*outboxRow)(nil)).ColumnExpr("coalesce(max(o.published), 0) AS published").
		Where("o.tenant_id = w.tenant_id AND o.course_id = w.course_id")
	err = db.NewSelect().With("wanted", engine.table(db, &wanted)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (?) AS m", mark).Join("CROSS JOIN LATERAL (? LIMIT ?) AS j", after(db, "m.published"), limit).ColumnExpr("j.*").
		OrderExpr("j.tenant_id, j.course_id, j.sequence").Limit(int64(limit)).Scan(ctx, &rows)
	return rows, err
}

// after selects what comes after a mark in the journal of a course w that is wanted.
func after(db bun.IDB, mark string) *bun.SelectQuery {
	return db.NewSelect().Model((*EntryRow)(nil)).Where("j.tenant_id = w.tenant_id AND j.course_id = w.course_id").
		Where("j.sequence > ?", bun.Safe(mark)).OrderExpr("j.sequence")
}

// unpublished finds the courses by their marks, and of each looks up what it returns, so that it reads no more of a journal
// than that.
func (s *Store) unpublished(
	ctx context.Context, limit int, of func(*bun.SelectQuery) *bun.SelectQuery,
) (found []ports.Message, err error) {
	err = s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		var behind []backlog
		q := of(waitingCourses(tx)).OrderExpr("c.tenant_id, c.course_id").Limit(int64(limit))
		if err := q.Scan(ctx, &behind); err != nil {
			return s.engine.failed("read how far journals are published", err)
		}
		read := headsOneByOne
		if s.engine.Lateral {
			read = headsTogether
		}
		rows, err := read(ctx, tx, s.engine, atMost(limit, behind))
		found = convert(rows, EntryRow.message)
		return s.engine.failed("read what is not published", err)
	})
	return found, err
}

// waitingCourses selects a [backlog] of each course that has one. Only where a mark was taken back to before the last purge
// are entries counted: elsewhere there is one for each sequence.
func waitingCourses(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*CourseRow)(nil)).
		Join("LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id").
		ColumnExpr("c.tenant_id, c.course_id, coalesce(o.published, 0) AS published").
		ColumnExpr("c.sequence - CASE WHEN o.published < o.purged THEN o.purged - (?) ELSE coalesce(o.published, 0) END AS entries",
			db.NewSelect().Model((*EntryRow)(nil)).ColumnExpr("count(*)").
				Where("j.tenant_id = o.tenant_id AND j.course_id = o.course_id").
				Where("j.sequence > o.published AND j.sequence <= o.purged")).
		Where("c.sequence > coalesce(o.published, 0)")
}

// atMost cuts what is behind to so many entries.
func atMost(limit int, behind []backlog) []backlog {
	for i := range behind {
		behind[i].Entries = min(behind[i].Entries, limit)
		if limit -= behind[i].Entries; limit == 0 {
			return behind[:i+1]
		}
	}
	return behind
}

// headsTogether reads the first entries of all in one statement.
func headsTogether(ctx context.Context, db bun.IDB, engine Engine, behind []backlog) (rows []EntryRow, err error) {
	if len(behind) == 0 {
		return nil, nil
	}
	err = db.NewSelect().With("wanted", engine.table(db, &behind)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (? LIMIT w.entries) AS j", after(db, "w.published")).ColumnExpr("j.*").
		OrderExpr("j.tenant_id, j.course_id, j.sequence").Scan(ctx, &rows)
	return rows, err
}

// headsOneByOne reads those of each by a statement of its own.
func headsOneByOne(ctx context.Context, db bun.IDB, _ Engine, behind []backlog) (rows []EntryRow, err error) {
	for _, w := range behind {
		var head []EntryRow
		err := db.NewSelect().Model(&head).Where("tenant_id = ?", w.Tenant).Where("course_id = ?", w.Course).
			Where("sequence > ?", w.Published).Order("sequence").Limit(int64(w.Entries)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, head...)
	}
	return rows, nil
}

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(ctx context.Context) (ports.Backlog, error) {
	var messages int
	var oldest bun.NullTime
	err := s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		first := tx.NewSelect().Model((*EntryRow)(nil)).Column("occurred_at").
			Where("j.tenant_id = w.tenant_id AND j.course_id = w.course_id AND j.sequence > w.published").
			OrderExpr("j.sequence").Limit(1)
		waiting := bun.NewWithQuery("waiting", waitingCourses(tx)).Materialized()
		err := tx.NewSelect().WithQuery(waiting).TableExpr("waiting AS w").
			ColumnExpr("CAST(coalesce(sum(w.entries), 0) AS bigint) AS messages").ColumnExpr("min((?)) AS oldest", first).
			Scan(ctx, &messages, &oldest)
		return s.engine.failed("measure the backlog", err)
	})
	return ports.Backlog{Messages: messages, Oldest: oldest.UTC()}, err
}
