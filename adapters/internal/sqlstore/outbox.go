package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A RecordRow says which entries one transaction has appended to the journals. It exists until they are published. A transaction
// writes it after it has locked its courses, so the records of a course have ids in order of commit.
type RecordRow struct {
	bun.BaseModel `bun:"table:unpublished,alias:u"`
	ID            int64           `bun:"id,pk,autoincrement"`
	Tenant        domain.TenantID `bun:"tenant_id"`
	Spans         string          `bun:"spans"` // as encodeSpans returns them
	Events        int             `bun:"events"`
	EntryID       string          `bun:"entry_id"` // of the first entry; empty if the record was made from the journal
	At            time.Time       `bun:"occurred_at"`
	Republication bool            `bun:"republication"`
}

// A recordSpan is the entries of a course from a first to a last sequence.
type recordSpan struct {
	Tenant domain.TenantID `bun:"tenant"`
	Course domain.CourseID `bun:"course_id"`
	First  int64           `bun:"first"`
	Last   int64           `bun:"last"`
	Number int64           `bun:"number"` // in a list of spans that is read
}

// A numberedEntry is an entry of the span of that number.
type numberedEntry struct {
	EntryRow `bun:",extend"`
	Number   int64 `bun:"number"`
}

// encodeSpans returns a line for each span: its sequences, and its course, which has no line break.
func encodeSpans(spans []recordSpan) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintf(&b, "%d %d %s\n", s.First, s.Last, s.Course)
	}
	return b.String()
}

func (r RecordRow) spans() (spans []recordSpan, err error) {
	for line := range strings.Lines(r.Spans) {
		s := recordSpan{Tenant: r.Tenant}
		sequences, course, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		last, course, _ := strings.Cut(course, " ")
		if _, err := fmt.Sscan(sequences+" "+last, &s.First, &s.Last); err != nil {
			return nil, fmt.Errorf("spans of the unpublished record %d: %w", r.ID, err)
		}
		s.Course = domain.CourseID(course)
		spans = append(spans, s)
	}
	return spans, nil
}

// newRecordRow returns the record of entries that are committed together.
func newRecordRow(entries []EntryRow) RecordRow {
	var spans []recordSpan
	for _, e := range entries {
		if i := len(spans) - 1; i >= 0 && spans[i].Course == e.CourseID {
			spans[i].Last = e.Sequence
			continue
		}
		spans = append(spans, recordSpan{Tenant: e.TenantID, Course: e.CourseID, First: e.Sequence, Last: e.Sequence})
	}
	first := entries[0]
	return RecordRow{Tenant: first.TenantID, Spans: encodeSpans(spans), Events: len(entries), EntryID: first.ID, At: first.At}
}

// record returns the record with its entries as messages.
func (r RecordRow) record(entries []EntryRow) ports.OutboxRecord {
	messages := convert(entries, func(e EntryRow) ports.Message {
		m := ports.Message{Tenant: e.TenantID, Entry: e.entry()}
		if r.Republication {
			m.Republication = r.ID
		}
		return m
	})
	return ports.OutboxRecord{ID: r.ID, Messages: messages}
}

// Unpublished implements [ports.Outbox]. It reads those entries from the journal that the store does not have from their commits.
func (s *Store) Unpublished(ctx context.Context, limit int) (records []ports.OutboxRecord, err error) {
	err = s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		var rows []RecordRow
		first := tx.NewSelect().Model((*RecordRow)(nil)).ColumnExpr("u.*, sum(u.events) OVER (ORDER BY u.id) - u.events AS before").
			OrderExpr("u.id").Limit(int64(limit))
		err := tx.NewSelect().ColumnExpr("u.id, u.tenant_id, u.spans, u.events, u.entry_id, u.occurred_at, u.republication").
			TableExpr("(?) AS u", first).Where("u.before < ?", limit).OrderExpr("u.id").Scan(ctx, &rows)
		if err == nil {
			records, err = s.records(ctx, tx, rows)
		}
		return s.driver.failed("read unpublished entries", err)
	})
	return records, err
}

// records returns records with their messages.
func (s *Store) records(ctx context.Context, tx bun.IDB, rows []RecordRow) ([]ports.OutboxRecord, error) {
	if len(rows) == 0 {
		s.recent.clear()
	}
	entries := make([][]EntryRow, len(rows))
	var missing []recordSpan // of all records whose entries are not recent
	var of []int             // the record of each of these
	for i, row := range rows {
		if entries[i] = s.recent.take(row.EntryID); entries[i] != nil {
			continue
		}
		spans, err := row.spans()
		if err != nil {
			return nil, err
		}
		for _, span := range spans {
			missing, of = append(missing, span), append(of, i)
		}
	}
	found, err := entriesOf(ctx, tx, s.driver, missing)
	if err != nil {
		return nil, err
	}
	for j, i := range of {
		entries[i] = append(entries[i], found[j]...)
	}
	records := make([]ports.OutboxRecord, len(rows))
	for i, row := range rows {
		records[i] = row.record(entries[i])
	}
	return records, nil
}

// entriesOf returns the entries of each recordSpan, in order.
func entriesOf(ctx context.Context, db bun.IDB, driver Driver, spans []recordSpan) ([][]EntryRow, error) {
	found, done := make([][]EntryRow, len(spans)), int64(0)
	for chunk := range slices.Chunk(spans, rowsPerStatement) {
		for i := range chunk {
			chunk[i].Number = int64(i)
		}
		var rows []numberedEntry
		// PostgreSQL can't join a subquery that is sorted in another way than row by row, and SQLite joins these in this order.
		join := "CROSS JOIN (?) AS j ON j.tenant_id = w.tenant AND j.course_id = w.course_id AND j.sequence BETWEEN w.first AND w.last"
		entries := db.NewSelect().Model((*EntryRow)(nil))
		if driver.Lateral {
			join = "CROSS JOIN LATERAL (?) AS j"
			entries = entries.Where("j.tenant_id = w.tenant AND j.course_id = w.course_id").
				Where("j.sequence BETWEEN w.first AND w.last").OrderExpr("j.sequence")
		}
		err := db.NewSelect().With("wanted", driver.table(db, &chunk)).TableExpr("wanted AS w").
			Join(join, entries).ColumnExpr("j.*, w.number").OrderExpr("w.number, j.sequence").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			row.Number += done
			found[row.Number] = append(found[row.Number], row.EntryRow)
		}
		done += int64(len(chunk))
	}
	return found, nil
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(ctx context.Context, records []ports.OutboxRecord) error {
	var last *lastPublishedRow
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.ID
		if n := len(r.Messages); n > 0 {
			m := r.Messages[n-1]
			last = &lastPublishedRow{Singleton: true, Tenant: m.Tenant, Course: m.Course, Sequence: m.Sequence, EntryID: m.ID, At: m.At.UTC()}
		}
	}
	return s.inTx(ctx, "mark as published", s.driver.relay(), func(ctx context.Context, tx bun.Tx) error {
		if err := removeRecords(ctx, tx, ids); err != nil || last == nil {
			return err
		}
		_, err := tx.NewInsert().Model(last).On("CONFLICT (singleton) DO UPDATE").Returning("NULL").Exec(ctx)
		return err
	})
}

func removeRecords(ctx context.Context, tx bun.IDB, ids []int64) error {
	for chunk := range slices.Chunk(ids, rowsPerStatement) {
		if _, err := tx.NewDelete().Model((*RecordRow)(nil)).Where("id IN (?)", bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A lastPublishedRow is the only one of its table.
type lastPublishedRow struct {
	bun.BaseModel `bun:"table:last_published,alias:l"`
	Singleton     bool            `bun:"singleton,pk"`
	Tenant        domain.TenantID `bun:"tenant_id"`
	Course        domain.CourseID `bun:"course_id"`
	Sequence      int64           `bun:"sequence"`
	EntryID       string          `bun:"entry_id"`
	At            time.Time       `bun:"occurred_at"`
}

// LastPublished implements [ports.Outbox].
func (s *Store) LastPublished(ctx context.Context) (ports.EventRef, error) {
	var last lastPublishedRow
	err := s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		err := tx.NewSelect().Model(&last).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return s.driver.failed("read what was published last", err)
	})
	return ports.EventRef{
		CourseRef: ports.CourseRef{Tenant: last.Tenant, Course: last.Course}, Sequence: last.Sequence, ID: last.EntryID, At: last.At.UTC(),
	}, err
}

// HasEvent implements [ports.Outbox].
func (s *Store) HasEvent(ctx context.Context, event ports.EventRef) (has bool, err error) {
	err = s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		row := EntryRow{TenantID: event.Tenant, CourseID: event.Course, Sequence: event.Sequence}
		err := tx.NewSelect().Model(&row).Column("entry_id").WherePK().Scan(ctx)
		if has = row.ID == event.ID; errors.Is(err, sql.ErrNoRows) {
			has, err = tx.NewSelect().Model((*outboxRow)(nil)).Where("tenant_id = ?", event.Tenant).Where("course_id = ?", event.Course).
				Where("purged >= ?", event.Sequence).Exists(ctx)
		}
		return s.driver.failed("look for an event", err)
	})
	return has, err
}

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(ctx context.Context) (ports.Backlog, error) {
	var messages int
	var oldest bun.NullTime
	err := s.readFresh(ctx, s.driver.relay(), func(ctx context.Context, tx bun.IDB) error {
		err := tx.NewSelect().Model((*RecordRow)(nil)).
			ColumnExpr("CAST(coalesce(sum(events), 0) AS bigint)").ColumnExpr("min(occurred_at)").Scan(ctx, &messages, &oldest)
		return s.driver.failed("measure the backlog", err)
	})
	return ports.Backlog{Messages: messages, Oldest: oldest.UTC()}, err
}
