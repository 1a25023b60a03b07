package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// A pgxTx is a [sqlstore.Transaction] in two round trips to the server, whatever the number of commands; with a long reply in three.
//
// Terms: a batch is several prepared statements that are sent in one message and answered in one. The first batch of a
// connection with a statement takes one round trip more, to prepare it.
//
// States:
//   - load, the first batch: BEGIN, set the tenant, lock the courses, then read what depends on them.
//   - decide, in memory. Load sends a batch more, if requests join that need more of the locked courses.
//   - save, the last batch: write each table, COMMIT. A long reply is encoded while the server writes the other tables, and follows.
//
// A statement sees what was committed when it began, and a statement that waits for a lock began too early. So one locks
// the courses, and others read the rest.
//
// Failure: the server skips what follows a failed statement, the COMMIT too, and End rolls back. A connection that can't
// roll back is closed. If a COMMIT is not answered, the next attempt of the Update calls Find.
type pgxTx struct{ conn *pgxpool.Conn }

// newUpdatePool returns a pool of connections that prepare each statement at its first use. The server plans it then, for any
// values. The pool does not connect yet.
func newUpdatePool(config *pgx.ConnConfig, g *generation, size int32) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	c.ConnConfig, c.MaxConns = config.Copy(), size
	c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		g.opened(conn)
		return configure(ctx, conn)
	}
	c.PrepareConn, c.MaxConnLifetime = g.prepare, connLifetime
	return pgxpool.NewWithConfig(context.Background(), c)
}

// configure sets a timeout, too: it frees the locks of a client that vanished.
func configure(ctx context.Context, conn *pgx.Conn) error {
	if err := checkServer(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "+
		"SET idle_in_transaction_session_timeout = '60s'", pgx.QueryExecModeSimpleProtocol)
	return err
}

// beginOn returns a [sqlstore.Begin].
func beginOn(pool *pgxpool.Pool, pooled bool) sqlstore.Begin {
	return func(loading, _ context.Context, need ports.Need) (sqlstore.Transaction, sqlstore.LoadedRows, error) {
		var rows sqlstore.LoadedRows
		conn, err := pool.Acquire(loading)
		if err != nil && pooled {
			err = tooFew(err)
		}
		if err != nil {
			return nil, rows, err
		}
		batch := &pgx.Batch{}
		batch.Queue(begin)
		batch.Queue(setTenant, string(need.Tenant))
		ids := make([]string, len(need.Courses))
		for i, n := range need.Courses {
			ids[i] = string(n.ID)
		}
		switch len(ids) {
		case 0:
		case 1:
			batch.Queue(lockCourse, string(need.Tenant), ids[0]).Query(appendTo(&rows.Courses))
		default:
			batch.Queue(lockCourses, string(need.Tenant), ids).Query(appendTo(&rows.Courses))
		}
		queueLoads(batch, need, &rows)
		tx := pgxTx{conn}
		if err := conn.SendBatch(loading, batch).Close(); err != nil {
			tx.End()
			return nil, sqlstore.LoadedRows{}, err
		}
		return tx, rows, nil
	}
}

// Load implements [sqlstore.Transaction].
func (t pgxTx) Load(ctx context.Context, need ports.Need) (rows sqlstore.LoadedRows, err error) {
	batch := &pgx.Batch{}
	queueLoads(batch, need, &rows)
	return rows, t.conn.SendBatch(ctx, batch).Close()
}

// queueLoads queues the statements that read what need names of its courses, with an array for each column.
func queueLoads(batch *pgx.Batch, need ports.Need, rows *sqlstore.LoadedRows) {
	var courses, learners, waitlists, subjects, names []string
	var first []int
	for _, n := range need.Courses {
		for _, learner := range n.Learners {
			courses, learners = append(courses, string(n.ID)), append(learners, string(learner))
		}
		if n.FirstWaiting > 0 {
			waitlists, first = append(waitlists, string(n.ID)), append(first, n.FirstWaiting)
		}
	}
	for _, key := range need.Keys {
		subjects, names = append(subjects, key.Subject), append(names, key.Name)
	}
	tenant := string(need.Tenant)
	switch len(courses) {
	case 0:
	case 1:
		batch.Queue(loadStanding, tenant, courses[0], learners[0]).Query(appendTo(&rows.Standings))
	default:
		batch.Queue(loadStandings, tenant, courses, learners).Query(appendTo(&rows.Standings))
	}
	if len(waitlists) > 0 {
		batch.Queue(loadWaitlists, tenant, waitlists, first).Query(appendTo(&rows.Waitlist))
	}
	if len(subjects) > 0 {
		batch.Queue(loadReplies, tenant, subjects, names).Query(appendTo(&rows.Replies))
	}
}

func appendTo[Row any](rows *[]Row) func(pgx.Rows) error {
	return func(result pgx.Rows) (err error) {
		*rows, err = pgx.AppendRows(*rows, result, pgx.RowToStructByNameLax[Row])
		return err
	}
}

// Save implements [sqlstore.Transaction].
func (t pgxTx) Save(ctx context.Context, rows sqlstore.WriteSet) error {
	batch := &pgx.Batch{}
	insertCourses.queue(batch, rows.InsertCourses)
	updateCourses.queue(batch, rows.UpdateCourses)
	for _, r := range rows.RenameStandings {
		batch.Queue(renameStanding, string(r.TenantID), string(r.Course), string(r.From), string(r.To))
	}
	insertStandings.queue(batch, rows.InsertStandings)
	updateStandings.queue(batch, rows.UpdateStandings)
	insertEntries.queue(batch, rows.InsertEntries)
	for _, r := range rows.InsertRecords {
		batch.Queue(insertRecord, string(r.Tenant), r.Spans, int64(r.Events), r.EntryID, r.At)
	}
	var others pgx.BatchResults
	if rows.LongReply() {
		others, batch = t.conn.SendBatch(ctx, batch), &pgx.Batch{}
	}
	err := rows.EncodeReplies()
	if others != nil {
		err = errors.Join(others.Close(), err)
	}
	if err != nil {
		return err
	}
	insertReplies.queue(batch, rows.InsertReplies)
	batch.Queue(commit)
	return t.conn.SendBatch(ctx, batch).Close()
}

// fewRows are written one by one: the server takes as long to unpack an array for each column as to write a few rows.
const fewRows = 3

func (w write[Row]) queue(batch *pgx.Batch, rows []Row) {
	if len(rows) > fewRows {
		arrays := make([]any, len(w.fields))
		for i, f := range w.fields {
			arrays[i] = f.array(rows)
		}
		batch.Queue(w.many, arrays...)
		return
	}
	for i := range rows {
		values := make([]any, len(w.fields))
		for j, f := range w.fields {
			values[j] = f.value(&rows[i])
		}
		batch.Queue(w.one, values...)
	}
}

// A field is one field of a kind of rows, as arguments of statements. The types are those that the driver encodes fastest.
type field[Row any] struct {
	value func(*Row) any  // of one row
	array func([]Row) any // of many
}

func fieldOf[Row, T any](get func(*Row) T) field[Row] {
	return field[Row]{
		func(row *Row) any { return get(row) },
		func(rows []Row) any {
			array := make([]T, len(rows))
			for i := range rows {
				array[i] = get(&rows[i])
			}
			return array
		},
	}
}

// sameOf is fieldOf for a column that is the same in all rows.
func sameOf[Row, T any](get func(*Row) T) field[Row] {
	return field[Row]{func(row *Row) any { return get(row) }, func(rows []Row) any { return get(&rows[0]) }}
}

// optionalOf is fieldOf for a column that has NULL for the zero value. It has no array if all rows have NULL.
func optionalOf[Row any, T comparable](get func(*Row) T) field[Row] {
	f := fieldOf(get)
	return field[Row]{f.value, func(rows []Row) any {
		var zero T
		for i := range rows {
			if get(&rows[i]) != zero {
				return f.array(rows)
			}
		}
		return []T(nil)
	}}
}

// Find implements [sqlstore.Transaction]. One row is enough: a COMMIT stores all rows or none.
func (t pgxTx) Find(ctx context.Context, sent sqlstore.WriteSet) (stored bool, err error) {
	switch {
	case len(sent.InsertEntries) > 0:
		e := sent.InsertEntries[0]
		err = t.conn.QueryRow(ctx, findEntry, string(e.TenantID), string(e.CourseID), e.Sequence, e.ID).Scan(&stored)
	case len(sent.InsertReplies) > 0:
		r := sent.InsertReplies[0]
		err = t.conn.QueryRow(ctx, findReply, string(r.TenantID), r.Subject, r.Name, r.Fingerprint, r.RepliedAt).Scan(&stored)
	}
	return stored, err
}

// End implements [sqlstore.Transaction].
func (t pgxTx) End() {
	if conn := t.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
		defer cancel()
		_, _ = conn.Exec(ctx, "ROLLBACK") // if that fails, the pool closes the connection
	}
	t.conn.Release()
}
