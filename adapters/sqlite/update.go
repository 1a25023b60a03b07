package sqlite

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A bunTx is a [sqlstore.Transaction] that sends one statement after another: SQLite runs in this process, so a statement is
// a call. It locks no rows, since one transaction writes at a time.
type bunTx struct {
	bun.Tx
	conn bun.Conn
}

// beginOn returns a [sqlstore.Begin] on the pool that writes.
func beginOn(pool *bun.DB) sqlstore.Begin {
	return func(loading, whole context.Context, need ports.Need) (sqlstore.Transaction, sqlstore.LoadedRows, error) {
		conn, err := pool.Conn(loading)
		if err != nil {
			return nil, sqlstore.LoadedRows{}, err
		}
		tx, err := conn.BeginTx(whole, nil)
		if err != nil {
			conn.Close()
			return nil, sqlstore.LoadedRows{}, err
		}
		t := bunTx{tx, conn}
		rows, err := t.Load(loading, need)
		if err != nil {
			t.End()
			return nil, sqlstore.LoadedRows{}, err
		}
		return t, rows, nil
	}
}

// Load implements [sqlstore.Transaction].
func (t bunTx) Load(ctx context.Context, need ports.Need) (rows sqlstore.LoadedRows, err error) {
	if rows.Courses, err = t.courses(ctx, need); err != nil {
		return rows, err
	}
	if rows.Standings, err = t.standings(ctx, need); err != nil {
		return rows, err
	}
	if rows.Waitlist, err = t.waitlists(ctx, need, rows.Courses); err != nil {
		return rows, err
	}
	rows.Replies, err = t.replies(ctx, need)
	return rows, err
}

func (t bunTx) courses(ctx context.Context, need ports.Need) (rows []sqlstore.CourseRow, err error) {
	if len(need.Courses) == 0 {
		return nil, nil
	}
	ids := make([]domain.CourseID, len(need.Courses))
	for i, n := range need.Courses {
		ids[i] = n.ID
	}
	err = t.NewSelect().Model(&rows).Where("tenant_id = ?", need.Tenant).Where("course_id IN (?)", bun.List(ids)).Scan(ctx)
	return rows, err
}

func (t bunTx) standings(ctx context.Context, need ports.Need) (rows []sqlstore.StandingRow, err error) {
	var keys []bun.TupleValues
	for _, n := range need.Courses {
		for _, learner := range n.Learners {
			keys = append(keys, bun.Tuple([]string{string(n.ID), string(learner)}))
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	err = t.NewSelect().Model(&rows).Where("tenant_id = ?", need.Tenant).
		Where("(course_id, learner_id) IN (VALUES ?)", bun.List(keys)).Scan(ctx)
	return rows, err
}

// waitlists reads the first of each waitlist in a statement of its own.
func (t bunTx) waitlists(ctx context.Context, need ports.Need, courses []sqlstore.CourseRow) (rows []sqlstore.StandingRow, err error) {
	hasWaitlist := make(map[domain.CourseID]bool, len(courses))
	for _, row := range courses {
		hasWaitlist[row.CourseID] = row.WaitlistLength > 0
	}
	for _, n := range need.Courses {
		if n.FirstWaiting == 0 || !hasWaitlist[n.ID] {
			continue
		}
		var first []sqlstore.StandingRow
		q := t.NewSelect().Model(&first).Where("s.tenant_id = ?", need.Tenant).Where("s.course_id = ?", n.ID)
		if err := sqlstore.InStatus(q, domain.Waitlisted).Limit(int64(n.FirstWaiting)).Scan(ctx); err != nil {
			return nil, err
		}
		rows = append(rows, first...)
	}
	return rows, nil
}

func (t bunTx) replies(ctx context.Context, need ports.Need) (rows []sqlstore.ReplyRow, err error) {
	if len(need.Keys) == 0 {
		return nil, nil
	}
	keys := make([]bun.TupleValues, len(need.Keys))
	for i, key := range need.Keys {
		keys[i] = bun.Tuple([]string{key.Subject, key.Name})
	}
	err = t.NewSelect().Model(&rows).Where("tenant_id = ?", need.Tenant).
		Where("(subject, name) IN (VALUES ?)", bun.List(keys)).Scan(ctx)
	return rows, err
}

// Find implements [sqlstore.Transaction]. One row is enough: a COMMIT stores all rows or none.
func (t bunTx) Find(ctx context.Context, sent sqlstore.WriteSet) (bool, error) {
	if len(sent.InsertEntries) > 0 {
		row := sent.InsertEntries[0]
		return t.NewSelect().Model(&row).WherePK().Where("entry_id = ?", row.ID).Exists(ctx)
	}
	if len(sent.InsertReplies) > 0 {
		row := sent.InsertReplies[0]
		return t.NewSelect().Model(&row).WherePK().Where("fingerprint = ?", row.Fingerprint).
			Where("replied_at = ?", row.RepliedAt).Exists(ctx)
	}
	return false, nil
}

// Save implements [sqlstore.Transaction].
func (t bunTx) Save(ctx context.Context, rows sqlstore.WriteSet) error {
	for _, write := range []func() error{
		rows.EncodeReplies,
		func() error { return insert(ctx, t, rows.InsertCourses, "") },
		func() error { return insert(ctx, t, rows.UpdateCourses, "CONFLICT (tenant_id, course_id) DO UPDATE") },
		func() error { return t.rename(ctx, rows.RenameStandings) },
		func() error { return insert(ctx, t, rows.InsertStandings, "") },
		func() error {
			return insert(ctx, t, rows.UpdateStandings, "CONFLICT (tenant_id, course_id, learner_id) DO UPDATE")
		},
		func() error { return insert(ctx, t, rows.InsertEntries, "") },
		func() error { return insert(ctx, t, rows.InsertRecords, "") },
		func() error { return insert(ctx, t, rows.InsertReplies, "") },
		t.Commit,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (t bunTx) rename(ctx context.Context, rows []sqlstore.RenamedRow) error {
	for _, r := range rows {
		_, err := t.NewUpdate().Model((*sqlstore.StandingRow)(nil)).Set("learner_id = ?", r.To).Where("tenant_id = ?", r.TenantID).
			Where("course_id = ?", r.Course).Where("learner_id = ?", r.From).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsPerStatement bounds the length of a statement.
const rowsPerStatement = 1000

// insert inserts rows. onConflict says what to do if a key is taken; if it is empty, that is an error.
func insert[Row any](ctx context.Context, db bun.IDB, rows []Row, onConflict string) error {
	for chunk := range slices.Chunk(rows, rowsPerStatement) {
		q := db.NewInsert().Model(&chunk).Returning("NULL")
		if onConflict != "" {
			q = q.On(onConflict)
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// End implements [sqlstore.Transaction].
func (t bunTx) End() {
	t.Rollback()
	t.conn.Close()
}
