package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/uptrace/bun"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A transaction is a [sqlstore.Transaction] that sends one statement after another: SQLite runs in this process, so a statement is
// a call. It locks no rows, since one transaction writes at a time. Its statements are prepared once for each connection.
type transaction struct {
	*sql.Tx
	pool    *bun.DB
	conn    *sql.Conn
	courses []sqlstore.CourseRow // that the Update needs
}

// beginOn returns a [sqlstore.Begin] on the pool that writes.
func beginOn(pool *bun.DB) sqlstore.Begin {
	return func(loading, whole context.Context, need ports.Need) (sqlstore.Transaction, sqlstore.LoadedRows, error) {
		conn, err := pool.DB.Conn(loading)
		if err != nil {
			return nil, sqlstore.LoadedRows{}, err
		}
		tx, err := conn.BeginTx(whole, nil)
		if err != nil {
			conn.Close()
			return nil, sqlstore.LoadedRows{}, err
		}
		t := transaction{Tx: tx, pool: pool, conn: conn}
		var rows sqlstore.LoadedRows
		if t.courses, err = t.loadCourses(loading, need); err == nil {
			rows, err = t.Load(loading, need)
		}
		if err != nil {
			t.End()
			return nil, sqlstore.LoadedRows{}, err
		}
		return t, rows, nil
	}
}

func (t transaction) loadCourses(ctx context.Context, need ports.Need) ([]sqlstore.CourseRow, error) {
	if len(need.Courses) == 0 {
		return nil, nil
	}
	ids := make([]domain.CourseID, len(need.Courses))
	for i, n := range need.Courses {
		ids[i] = n.ID
	}
	return query[sqlstore.CourseRow](ctx, t, loadCourses, string(need.Tenant), asJSON(ids))
}

// Load implements [sqlstore.Transaction].
func (t transaction) Load(ctx context.Context, need ports.Need) (rows sqlstore.LoadedRows, err error) {
	rows.Courses = t.courses
	learners := make(map[domain.CourseID][]domain.LearnerID)
	for _, n := range need.Courses {
		if len(n.Learners) > 0 {
			learners[n.ID] = n.Learners
		}
	}
	if len(learners) > 0 {
		rows.Standings, err = query[sqlstore.StandingRow](ctx, t, loadStandings, string(need.Tenant), asJSON(learners))
		if err != nil {
			return rows, err
		}
	}
	if rows.Waitlist, err = t.waitlists(ctx, need); err != nil {
		return rows, err
	}
	names := make(map[string][]string)
	for _, key := range need.Keys {
		names[key.Subject] = append(names[key.Subject], key.Name)
	}
	if len(names) > 0 {
		rows.Replies, err = query[sqlstore.ReplyRow](ctx, t, loadReplies, string(need.Tenant), asJSON(names))
	}
	return rows, err
}

// waitlists reads the first of each waitlist in a statement of its own.
func (t transaction) waitlists(ctx context.Context, need ports.Need) (rows []sqlstore.StandingRow, err error) {
	hasWaitlist := make(map[domain.CourseID]bool, len(t.courses))
	for _, row := range t.courses {
		hasWaitlist[row.CourseID] = row.WaitlistLength > 0
	}
	for _, n := range need.Courses {
		if n.FirstWaiting == 0 || !hasWaitlist[n.ID] {
			continue
		}
		first, err := query[sqlstore.StandingRow](ctx, t, loadWaitlist, string(need.Tenant), string(n.ID), n.FirstWaiting)
		if err != nil {
			return nil, err
		}
		rows = append(rows, first...)
	}
	return rows, nil
}

// query returns the rows of a query. The context does not end it once it runs: to interrupt a statement, the driver starts a goroutine
// for each.
func query[Row any](ctx context.Context, t transaction, statement string, parameters ...any) (rows []Row, err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	result, err := t.QueryContext(context.WithoutCancel(ctx), statement, parameters...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	err = t.pool.ScanRows(ctx, result, &rows)
	return rows, err
}

// asJSON encodes keys, which are valid UTF-8.
func asJSON(keys any) string {
	text, _ := json.Marshal(keys) // can't fail for texts
	return string(text)
}

// Find implements [sqlstore.Transaction]. One row is enough: a COMMIT stores all rows or none.
func (t transaction) Find(ctx context.Context, sent sqlstore.WriteSet) (stored bool, err error) {
	switch {
	case len(sent.InsertEntries) > 0:
		e := sent.InsertEntries[0]
		err = t.QueryRowContext(ctx, findEntry, string(e.TenantID), string(e.CourseID), e.Sequence, e.ID).Scan(&stored)
	case len(sent.InsertReplies) > 0:
		r := sent.InsertReplies[0]
		err = t.QueryRowContext(ctx, findReply, string(r.TenantID), r.Subject, r.Name, r.Fingerprint, timeText(r.RepliedAt)).Scan(&stored)
	}
	return stored, err
}

// Save implements [sqlstore.Transaction].
func (t transaction) Save(ctx context.Context, rows sqlstore.WriteSet) error {
	for _, write := range []func() error{
		rows.EncodeReplies,
		func() error { return insertCourses.exec(ctx, t, rows.InsertCourses) },
		func() error { return updateCourses.exec(ctx, t, rows.UpdateCourses) },
		func() error { return t.rename(ctx, rows.RenameStandings) },
		func() error { return insertStandings.exec(ctx, t, rows.InsertStandings) },
		func() error { return updateStandings.exec(ctx, t, rows.UpdateStandings) },
		func() error { return insertEntries.exec(ctx, t, rows.InsertEntries) },
		func() error { return insertRecords.exec(ctx, t, rows.InsertRecords) },
		func() error { return insertReplies.exec(ctx, t, rows.InsertReplies) },
		t.Commit,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (t transaction) rename(ctx context.Context, rows []sqlstore.RenamedRow) error {
	for _, r := range rows {
		_, err := t.ExecContext(ctx, renameStanding, string(r.TenantID), string(r.Course), string(r.From), string(r.To))
		if err != nil {
			return err
		}
	}
	return nil
}

// exec writes rows. As in query, the context ends no statement that runs.
func (w write[Row]) exec(ctx context.Context, t transaction, rows []Row) error {
	for len(rows) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		statement, n := w.one, 1
		if len(rows) >= manyRows {
			statement, n = w.many, manyRows
		}
		values := w.values(&rows[0])
		for i := 1; i < n; i++ {
			values = append(values, w.values(&rows[i])...)
		}
		if _, err := t.ExecContext(context.WithoutCancel(ctx), statement, values...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// End implements [sqlstore.Transaction].
func (t transaction) End() {
	t.Rollback()
	t.conn.Close()
}
