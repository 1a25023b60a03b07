package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// A transaction caches the rows of its courses and writes them once, at its end.
type transaction struct {
	ctx  context.Context
	tx   *sql.Tx
	rows map[key]*Row

	rebuild bool
}

type key struct{ tenant, course string }

// transact runs do in a transaction, and commits unless it fails.
func (p *Projector) transact(ctx context.Context, do func(*transaction) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	t := &transaction{ctx, tx, make(map[key]*Row), p.Rebuild}
	if err := do(t); err != nil {
		return err
	}
	if err := t.save(); err != nil {
		return err
	}
	return tx.Commit()
}

// process applies one event, stores it as early, or ignores it as a duplicate.
func (t *transaction) process(e Event, result *Result) error {
	isNew, err := t.recordID(e)
	if err != nil {
		return err
	}
	r, err := t.row(e.Tenant, e.Course)
	switch {
	case err != nil:
		return err
	case !isNew, e.Sequence <= r.Sequence: // or older than an adopted start
		result.Duplicates++
		return nil
	case e.Sequence > r.Sequence+1, t.rebuild && r.Sequence == 0:
		result.Early++
		r.Waiting++
		return t.storeEarly(e)
	}
	r.apply(e)
	result.Applied++
	n, err := t.applyWaiting(r)
	result.Applied += n
	return err
}

// recordID inserts the event's id into the inbox, and reports whether it is new.
func (t *transaction) recordID(e Event) (isNew bool, err error) {
	if n, err := t.exec(`INSERT INTO inbox (event_id, tenant, course_id, sequence) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		e.ID, e.Tenant, e.Course, e.Sequence); err != nil || n > 0 {
		return true, err
	}
	known := false
	err = t.tx.QueryRowContext(t.ctx, `SELECT EXISTS (SELECT 1 FROM inbox WHERE event_id = ?)`, e.ID).Scan(&known)
	if err == nil && !known {
		err = ErrForked
	}
	return false, err
}

func (t *transaction) storeEarly(e Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO waiting (tenant, course_id, sequence, event) VALUES (?, ?, ?, ?)`,
		e.Tenant, e.Course, e.Sequence, text)
	return err
}

// applyWaiting applies the stored events that directly follow the row's sequence, and returns their number.
func (t *transaction) applyWaiting(r *Row) (n int, err error) {
	for ; r.Waiting > 0; n++ {
		var text []byte
		err := t.tx.QueryRowContext(t.ctx, `DELETE FROM waiting WHERE tenant = ? AND course_id = ? AND sequence = ? RETURNING event`,
			r.Tenant, r.Course, r.Sequence+1).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		e, err := ReadEvent(text)
		if err != nil {
			return n, err
		}
		r.apply(e)
		r.Waiting--
	}
	return n, nil
}

// adopt applies the course's stored events if it has no applied event, and reports whether it did.
func (t *transaction) adopt(tenant, course string) (isNew bool, err error) {
	r, err := t.row(tenant, course)
	if err != nil || r.Sequence > 0 {
		return false, err
	}
	events, err := t.waiting(r)
	if err != nil {
		return false, err
	}
	r.restore(events)
	r.Waiting = 0
	_, err = t.exec(`DELETE FROM waiting WHERE tenant = ? AND course_id = ?`, tenant, course)
	return true, err
}

// waiting returns the course's stored events in order of sequence.
func (t *transaction) waiting(r *Row) (events []Event, err error) {
	rows, err := t.tx.QueryContext(t.ctx, `SELECT event FROM waiting WHERE tenant = ? AND course_id = ? ORDER BY sequence`,
		r.Tenant, r.Course)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		e, err := ReadEvent(text)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// row returns the course's cached row; a new one if the course has none.
func (t *transaction) row(tenant, course string) (*Row, error) {
	if r := t.rows[key{tenant, course}]; r != nil {
		return r, nil
	}
	r := &Row{Tenant: tenant, Course: course}
	err := t.tx.QueryRowContext(t.ctx, `SELECT title, capacity, enrolled, waitlisted, sequence, waiting FROM courses
		WHERE tenant = ? AND course_id = ?`, tenant, course).
		Scan(&r.Title, &r.Capacity, &r.Enrolled, &r.Waitlisted, &r.Sequence, &r.Waiting)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	t.rows[key{tenant, course}] = r
	return r, nil
}

func (t *transaction) save() error {
	for _, r := range t.rows {
		_, err := t.exec(`INSERT OR REPLACE INTO courses (tenant, course_id, title, capacity, enrolled, waitlisted, sequence, waiting)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			r.Tenant, r.Course, r.Title, r.Capacity, r.Enrolled, r.Waitlisted, r.Sequence, r.Waiting)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) exec(query string, values ...any) (changed int64, err error) {
	result, err := t.tx.ExecContext(t.ctx, query, values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
