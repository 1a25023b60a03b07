package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An outboxRow says up to which sequence a course's journal is published, and up to which it is compacted. A course without
// a row is not published at all.
type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`
	Tenant        domain.TenantID `bun:"tenant_id,pk"`
	Course        domain.CourseID `bun:"course_id,pk"`
	PublishedUpTo int64           `bun:"published"`
	PurgedUpTo    int64           `bun:"purged"`
}

// Rows that statements get as a table. A [ports.CourseRef] has the columns tenant and course.
type (
	unpublishedCourse struct {
		ports.CourseRef
		PublishedUpTo int64 `bun:"published"`
		Entries       int   `bun:"entries"` // that are not published, or as many of them as are wanted
	}
	publishedSpan struct {
		ports.CourseRef
		First int64 `bun:"first"`
		Last  int64 `bun:"last"`
	}
)

// Unpublished implements [ports.Outbox].
func (s *Store) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.unpublished(ctx, limit, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("(c.tenant_id, c.course_id) > (?, ?)", after.Tenant, after.Course)
	})
}

// UnpublishedOf implements [ports.Outbox].
func (s *Store) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) (messages []ports.Message, err error) {
	if len(courses) == 0 {
		return nil, nil
	}
	if !s.driver.Lateral {
		return s.unpublished(ctx, limit, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.With("wanted", q.DB().NewValues(&courses)).
				Join("JOIN wanted AS w ON w.tenant = c.tenant_id AND w.course = c.course_id")
		})
	}
	err = s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		rows, err := entriesOf(ctx, tx, s.driver, courses, limit)
		messages = convert(rows, EntryRow.message)
		return s.driver.failed("read unpublished entries", err)
	})
	return messages, err
}

// entriesOf looks up each course's outbox row and the entries after it, whatever the planner knows of the tables: nearly all
// wanted courses have some. The aggregate makes it compute published before it searches the journal; advanceAll says why.
func entriesOf(ctx context.Context, db bun.IDB, driver Driver, wanted []ports.CourseRef, limit int) (rows []EntryRow, err error) {
	published := db.NewSelect().Model((*outboxRow)(nil)).ColumnExpr("coalesce(max(o.published), 0) AS published").
		Where("o.tenant_id = w.tenant AND o.course_id = w.course")
	err = db.NewSelect().With("wanted", driver.table(db, &wanted)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (?) AS m", published).
		Join("CROSS JOIN LATERAL (? LIMIT ?) AS j", entriesAfter(db, "m.published"), limit).ColumnExpr("j.*").
		OrderExpr("j.tenant_id, j.course_id, j.sequence").Limit(int64(limit)).Scan(ctx, &rows)
	return rows, err
}

// entriesAfter selects the entries after a sequence in the journal of a course w.
func entriesAfter(db bun.IDB, sequence string) *bun.SelectQuery {
	return db.NewSelect().Model((*EntryRow)(nil)).Where("j.tenant_id = w.tenant AND j.course_id = w.course").
		Where("j.sequence > ?", bun.Safe(sequence)).OrderExpr("j.sequence")
}

// unpublished selects courses by how far they are published, and then looks up the entries that it returns. So it reads no
// more of a journal than that.
func (s *Store) unpublished(
	ctx context.Context, limit int, restrict func(*bun.SelectQuery) *bun.SelectQuery,
) (messages []ports.Message, err error) {
	err = s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		var courses []unpublishedCourse
		q := restrict(unpublishedCourses(tx)).OrderExpr("c.tenant_id, c.course_id").Limit(int64(limit))
		if err := q.Scan(ctx, &courses); err != nil {
			return s.driver.failed("read how far journals are published", err)
		}
		read := entriesOneByOne
		if s.driver.Lateral {
			read = entriesTogether
		}
		rows, err := read(ctx, tx, s.driver, limitEntries(courses, limit))
		messages = convert(rows, EntryRow.message)
		return s.driver.failed("read unpublished entries", err)
	})
	return messages, err
}

// unpublishedCourses selects an [unpublishedCourse] for each course that has unpublished entries. It counts entries only if
// published was rewound to before purged: elsewhere there is one for each sequence.
func unpublishedCourses(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*CourseRow)(nil)).
		Join("LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id").
		ColumnExpr("c.tenant_id AS tenant, c.course_id AS course, coalesce(o.published, 0) AS published").
		ColumnExpr("c.sequence - CASE WHEN o.published < o.purged THEN o.purged - (?) ELSE coalesce(o.published, 0) END AS entries",
			db.NewSelect().Model((*EntryRow)(nil)).ColumnExpr("count(*)").
				Where("j.tenant_id = o.tenant_id AND j.course_id = o.course_id").
				Where("j.sequence > o.published AND j.sequence <= o.purged")).
		Where("c.sequence > coalesce(o.published, 0)")
}

// limitEntries cuts the courses' entries to limit in all.
func limitEntries(courses []unpublishedCourse, limit int) []unpublishedCourse {
	for i := range courses {
		courses[i].Entries = min(courses[i].Entries, limit)
		if limit -= courses[i].Entries; limit == 0 {
			return courses[:i+1]
		}
	}
	return courses
}

// entriesTogether reads the first entries of all courses in one statement.
func entriesTogether(ctx context.Context, db bun.IDB, driver Driver, courses []unpublishedCourse) (rows []EntryRow, err error) {
	if len(courses) == 0 {
		return nil, nil
	}
	err = db.NewSelect().With("wanted", driver.table(db, &courses)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (? LIMIT w.entries) AS j", entriesAfter(db, "w.published")).ColumnExpr("j.*").
		OrderExpr("j.tenant_id, j.course_id, j.sequence").Scan(ctx, &rows)
	return rows, err
}

// entriesOneByOne reads those of each course in a statement of its own.
func entriesOneByOne(ctx context.Context, db bun.IDB, _ Driver, courses []unpublishedCourse) (rows []EntryRow, err error) {
	for _, c := range courses {
		var first []EntryRow
		err := db.NewSelect().Model(&first).Where("tenant_id = ?", c.Tenant).Where("course_id = ?", c.Course).
			Where("sequence > ?", c.PublishedUpTo).Order("sequence").Limit(int64(c.Entries)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, first...)
	}
	return rows, nil
}

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(ctx context.Context) (ports.Backlog, error) {
	var messages int
	var oldest bun.NullTime
	err := s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		first := entriesAfter(tx, "w.published").Column("occurred_at").Limit(1)
		courses := bun.NewWithQuery("waiting", unpublishedCourses(tx)).Materialized()
		err := tx.NewSelect().WithQuery(courses).TableExpr("waiting AS w").
			ColumnExpr("CAST(coalesce(sum(w.entries), 0) AS bigint) AS messages").ColumnExpr("min((?)) AS oldest", first).
			Scan(ctx, &messages, &oldest)
		return s.driver.failed("measure the backlog", err)
	})
	return ports.Backlog{Messages: messages, Oldest: oldest.UTC()}, err
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(ctx context.Context, messages []ports.Message) error {
	spans := spansOf(messages)
	if len(spans) == 0 {
		return nil
	}
	return s.inTx(ctx, "mark as published", s.driver.relay(), func(ctx context.Context, tx bun.Tx) error {
		for chunk := range slices.Chunk(spans, rowsPerStatement) {
			advanced, err := advance(ctx, tx, s.driver, chunk)
			if err == nil && advanced < len(chunk) {
				err = advanceAll(ctx, tx, s.driver, chunk)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// spansOf joins consecutive messages of one course.
func spansOf(messages []ports.Message) (spans []publishedSpan) {
	for _, m := range messages {
		ref := ports.CourseRef{Tenant: m.Tenant, Course: m.Course}
		if i := len(spans) - 1; i >= 0 && spans[i].CourseRef == ref {
			spans[i].Last = m.Sequence
			continue
		}
		spans = append(spans, publishedSpan{ref, m.Sequence, m.Sequence})
	}
	return spans
}

// advance sets published to the end of each span that begins right after it, and returns how many did: nearly always all.
func advance(ctx context.Context, tx bun.IDB, driver Driver, spans []publishedSpan) (int, error) {
	return affected(tx.NewUpdate().With("span", driver.table(tx, &spans)).Model((*outboxRow)(nil)).TableExpr("span AS b").
		Set("published = b.last").Where("o.tenant_id = b.tenant AND o.course_id = b.course").
		Where("o.published >= b.first - 1 AND o.published < b.last").Exec(ctx))
}

// advanceAll looks at the journals, too: a course may have no outbox row yet, or a purge may have removed the entries right
// before a span. It locks the rows first, so that none is rewound between being read and being set. Under row-level security
// an index is searched only by values that are computed before, and not by coalesce itself: hence MATERIALIZED, here and in
// Backlog.
func advanceAll(ctx context.Context, tx bun.IDB, driver Driver, spans []publishedSpan) error {
	values := driver.table(tx, &spans)
	if driver.RowLock != "" {
		lock := tx.NewSelect().With("span", values).Model((*outboxRow)(nil)).ColumnExpr("1").
			Join("JOIN span AS b ON b.tenant = o.tenant_id AND b.course = o.course_id").
			OrderExpr("o.tenant_id, o.course_id").For(driver.RowLock + " OF o")
		if _, err := lock.Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewRaw(`
		WITH span (tenant, course, first, last) AS (?), marked AS MATERIALIZED (
			SELECT b.*, coalesce(o.published, 0) AS published
			FROM span AS b LEFT JOIN outbox AS o ON o.tenant_id = b.tenant AND o.course_id = b.course)
		INSERT INTO outbox AS o (tenant_id, course_id, published, purged)
		SELECT m.tenant, m.course, m.last, 0 FROM marked AS m
		WHERE m.first <= (
			SELECT j.sequence FROM journal AS j WHERE j.tenant_id = m.tenant AND j.course_id = m.course
			AND j.sequence > m.published ORDER BY j.sequence LIMIT 1)
		ON CONFLICT (tenant_id, course_id) DO UPDATE SET published = excluded.published WHERE o.published < excluded.published`,
		values).Exec(ctx)
	return err
}
