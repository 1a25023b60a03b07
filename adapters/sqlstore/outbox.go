package sqlstore

import (
	"context"
	"slices"
	"time"

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

// Unpublished implements [ports.Outbox]. It finds the courses by their marks, and of each looks up what it returns, so that
// it reads no more of a journal than that.
func (s *Store) Unpublished(ctx context.Context, after ports.Place, limit int) (found []ports.Message, err error) {
	err = s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		var behind []backlog
		q := waitingCourses(tx).Where("(c.tenant_id, c.course_id) > (?, ?)", after.Tenant, after.Course)
		if err := q.OrderExpr("c.tenant_id, c.course_id").Limit(int64(limit)).Scan(ctx, &behind); err != nil {
			return s.engine.failed("read how far journals are published", err)
		}
		read := headsOneByOne
		if s.engine.Lateral {
			read = headsTogether
		}
		rows, err := read(ctx, tx, atMost(limit, behind))
		found = convert(rows, func(r entryRow) ports.Message { return ports.Message{Tenant: r.Tenant, Entry: r.entry()} })
		return s.engine.failed("read what is not published", err)
	})
	return found, err
}

// waitingCourses selects a [backlog] of each course that has one. Only where a mark was taken back to before the last purge
// are entries counted: elsewhere there is one for each sequence.
func waitingCourses(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*courseRow)(nil)).
		Join("LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id").
		ColumnExpr("c.tenant_id, c.course_id, coalesce(o.published, 0) AS published").
		ColumnExpr("c.sequence - CASE WHEN coalesce(o.published >= o.purged, TRUE) THEN coalesce(o.published, 0) ELSE o.purged - (?) END AS entries",
			db.NewSelect().Model((*entryRow)(nil)).ColumnExpr("count(*)").
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
func headsTogether(ctx context.Context, db bun.IDB, behind []backlog) (rows []entryRow, err error) {
	if len(behind) == 0 {
		return nil, nil
	}
	head := db.NewSelect().Model((*entryRow)(nil)).
		Where("j.tenant_id = w.tenant_id AND j.course_id = w.course_id AND j.sequence > w.published").OrderExpr("j.sequence")
	err = db.NewSelect().With("wanted", db.NewValues(&behind)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (? LIMIT w.entries) AS j", head).ColumnExpr("j.*").
		OrderExpr("j.tenant_id, j.course_id, j.sequence").Scan(ctx, &rows)
	return rows, err
}

// headsOneByOne reads those of each by a statement of its own.
func headsOneByOne(ctx context.Context, db bun.IDB, behind []backlog) (rows []entryRow, err error) {
	for _, w := range behind {
		var head []entryRow
		err := db.NewSelect().Model(&head).Where("tenant_id = ?", w.Tenant).Where("course_id = ?", w.Course).
			Where("sequence > ?", w.Published).Order("sequence").Limit(int64(w.Entries)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, head...)
	}
	return rows, nil
}

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

// mark is one transaction. It locks the marks first, so that none is taken back between being looked at and being moved.
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

// move moves the marks of batches before which there is nothing that is not marked. Under row-level security an index is
// searched by what was computed before, and not by coalesce itself: hence MATERIALIZED, here and below.
func move(ctx context.Context, tx bun.IDB, engine Engine, batches []batch) error {
	values := tx.NewValues(&batches)
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

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(ctx context.Context) (ports.Backlog, error) {
	var messages int
	var oldest bun.NullTime
	err := s.look(ctx, "", s.engine.Relay, func(tx bun.IDB) error {
		first := tx.NewSelect().Model((*entryRow)(nil)).Column("occurred_at").
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

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.woken:
	case <-ctx.Done():
	}
}

// Turn implements [ports.Turns].
func (s *Store) Turn(ctx context.Context, name string, do func(context.Context) error) error {
	return s.opened.Turn(ctx, name, s.wake, do)
}

// committed tells that there is something new in a journal.
func (s *Store) committed() {
	s.wake()
	if s.engine.Notify != "" {
		s.others.tell()
	}
}

// wake ends an Await, the next one if there is none now.
func (s *Store) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// notify tells other processes. Where that fails, they find out by looking.
func (s *Store) notify() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = s.opened.Fresh.ExecContext(ctx, s.engine.Notify)
}

// again calls act until it meets no conflict, or has too often.
func (s *Store) again(ctx context.Context, act func() error) error {
	for try := 0; ; try++ {
		if err := act(); !conflict(err) || !pause(ctx, try) {
			return err
		}
	}
}
