package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// A pgxTx is a [sqlstore.Transaction] in two round trips to the server, whatever the number of commands.
//
// Terms: a batch is several prepared statements that are sent in one message and answered in one.
//
// States:
//   - load, the first batch: BEGIN, set the tenant, lock the courses, then read what depends on them.
//   - decide, in memory. Load sends a batch more, if requests join that need more of the locked courses.
//   - save, the last batch: write each table, COMMIT.
//
// A statement sees what was committed when it began, and a statement that waits for a lock began too early. So one locks
// the courses, and others read the rest.
//
// Failure: the server skips what follows a failed statement, the COMMIT too, and End rolls back. A connection that can't
// roll back is closed. If a COMMIT is not answered, the next attempt of the Update calls Find.
type pgxTx struct{ conn *pgxpool.Conn }

// newUpdatePool returns a pool of connections that have the statements prepared. It does not connect yet.
func newUpdatePool(config *pgx.ConnConfig, size int32, statements map[string]string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	c.ConnConfig, c.MaxConns = config, size
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return prepare(ctx, conn, statements) }
	return pgxpool.NewWithConfig(context.Background(), c)
}

// prepare has the server plan each statement once, for any values. The timeout frees the locks of a client that vanished.
func prepare(ctx context.Context, conn *pgx.Conn, statements map[string]string) error {
	if err := checkServer(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "+
		"SET idle_in_transaction_session_timeout = '60s'", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return err
	}
	for name, text := range statements {
		if _, err := conn.Prepare(ctx, name, text); err != nil {
			return fmt.Errorf("prepare %s: %w", name, err)
		}
	}
	return nil
}

// beginOn returns a [sqlstore.Begin].
func beginOn(pool *pgxpool.Pool) sqlstore.Begin {
	return func(loading, _ context.Context, need ports.Need) (sqlstore.Transaction, sqlstore.LoadedRows, error) {
		var rows sqlstore.LoadedRows
		conn, err := pool.Acquire(loading)
		if err != nil {
			return nil, rows, err
		}
		args := argsOf(need)
		batch := &pgx.Batch{}
		batch.Queue(begin)
		batch.Queue(setTenant, args.tenant)
		if len(args.courses) > 0 {
			batch.Queue(lockCourses, args.tenant, args.courses).Query(appendTo(&rows.Courses))
		}
		args.load(batch, &rows)
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
	argsOf(need).load(batch, &rows)
	return rows, t.conn.SendBatch(ctx, batch).Close()
}

// loadArgs are the arguments of the statements that load, an array for each column.
type loadArgs struct {
	tenant                            string
	courses                           []string
	standingCourses, standingLearners []string
	waitlistCourses                   []string
	waitlistFirst                     []int
	replySubjects, replyNames         []string
}

func argsOf(need ports.Need) loadArgs {
	a := loadArgs{tenant: string(need.Tenant)}
	for _, n := range need.Courses {
		a.courses = append(a.courses, string(n.ID))
		for _, learner := range n.Learners {
			a.standingCourses = append(a.standingCourses, string(n.ID))
			a.standingLearners = append(a.standingLearners, string(learner))
		}
		if n.FirstWaiting > 0 {
			a.waitlistCourses, a.waitlistFirst = append(a.waitlistCourses, string(n.ID)), append(a.waitlistFirst, n.FirstWaiting)
		}
	}
	for _, key := range need.Keys {
		a.replySubjects, a.replyNames = append(a.replySubjects, key.Subject), append(a.replyNames, key.Name)
	}
	return a
}

func (a loadArgs) load(batch *pgx.Batch, rows *sqlstore.LoadedRows) {
	if len(a.standingLearners) > 0 {
		batch.Queue(loadStandings, a.tenant, a.standingCourses, a.standingLearners).Query(appendTo(&rows.Standings))
	}
	if len(a.waitlistFirst) > 0 {
		batch.Queue(loadWaitlists, a.tenant, a.waitlistCourses, a.waitlistFirst).Query(appendTo(&rows.Waitlist))
	}
	if len(a.replyNames) > 0 {
		batch.Queue(loadReplies, a.tenant, a.replySubjects, a.replyNames).Query(appendTo(&rows.Replies))
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
	queue(batch, insertCourses, courseColumns, rows.InsertCourses)
	queue(batch, updateCourses, courseColumns, rows.UpdateCourses)
	queue(batch, insertStandings, standingColumns, rows.InsertStandings)
	queue(batch, updateStandings, standingColumns, rows.UpdateStandings)
	queue(batch, insertEntries, entryColumns, rows.InsertEntries)
	queue(batch, insertReplies, replyColumns, rows.InsertReplies)
	batch.Queue(commit)
	return t.conn.SendBatch(ctx, batch).Close()
}

// fewRows are written one by one: the server takes as long to unpack an array for each column as to write a few rows.
const fewRows = 3

func queue[Row any](batch *pgx.Batch, statement string, columns []column[Row], rows []Row) {
	if len(rows) > fewRows {
		arrays := make([]any, len(columns))
		for i, c := range columns {
			arrays[i] = c.array(rows)
		}
		batch.Queue(statement+many, arrays...)
		return
	}
	for i := range rows {
		values := make([]any, len(columns))
		for j, c := range columns {
			values[j] = c.value(&rows[i])
		}
		batch.Queue(statement+one, values...)
	}
}

// A column is one column of a kind of rows, as arguments of statements. The types are those that the driver encodes fastest.
type column[Row any] struct {
	value func(*Row) any  // of one row
	array func([]Row) any // of many
}

func columnOf[Row, T any](field func(*Row) T) column[Row] {
	return column[Row]{
		func(row *Row) any { return field(row) },
		func(rows []Row) any {
			array := make([]T, len(rows))
			for i := range rows {
				array[i] = field(&rows[i])
			}
			return array
		},
	}
}

// nullable is a column in which NULL stands for the zero value.
func nullable[Row any, T comparable](field func(*Row) T) column[Row] {
	var zero T
	return column[Row]{
		func(row *Row) any {
			if v := field(row); v != zero {
				return v
			}
			return nil
		},
		func(rows []Row) any {
			array := make([]*T, len(rows))
			for i := range rows {
				if v := field(&rows[i]); v != zero {
					array[i] = new(v)
				}
			}
			return array
		},
	}
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
