package postgres

import (
	"context"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"example.com/roster/adapters/internal/sqlstore"
	"example.com/roster/ports"
)

// This file is how an Update runs here: in two trips to the server, however many commands it is for.
//
//	1.  BEGIN, tell the tenant, lock the courses, then read what hangs on them
//	    – decide, in memory –
//	2.  write each table, COMMIT
//
// Between the two, those who come while the courses are being locked may be read for, by one trip more.
//
// bun makes the text of each statement once, from the models that all statements have; pgx sends it prepared, with the
// values of many rows as arrays ($1, $2 … that unnest makes rows of), so that one text serves four rows and a thousand.

// The names of the statements, by which a connection has them prepared.
const (
	begin         = "begin"
	enter         = "enter"
	lockCourses   = "lock_courses"
	readStandings = "read_standings"
	readLines     = "read_lines"
	readReplies   = "read_replies"
	findEntry     = "find_entry"
	findReply     = "find_reply"
	createCourses = "create_courses"
	changeCourses = "change_courses"
	addStandings  = "add_standings"
	moveStandings = "move_standings"
	addEntries    = "add_entries"
	addReplies    = "add_replies"
	commit        = "commit"

	// Of what writes there are two, by how many rows there are.
	one  = "_one"
	many = "_many"
)

// few rows are written one after another: to open an array for each column takes as long as a few rows do.
const few = 3

// trips begins Updates on a pool of its own.
type trips struct {
	pool       *pgxpool.Pool
	statements map[string]string // text by name
	courses    table
	standings  table
	entries    table
	replies    table
}

// newTrips returns what has yet to connect.
func newTrips(config *pgx.ConnConfig, size int32) (*trips, error) {
	db := bun.NewDB(nil, pgdialect.New()) // makes text, and sends none
	t := &trips{
		courses:   tableOf[sqlstore.CourseRow](db),
		standings: tableOf[sqlstore.StandingRow](db),
		entries:   tableOf[sqlstore.EntryRow](db),
		replies:   tableOf[sqlstore.ReplyRow](db),
	}
	t.statements = map[string]string{
		begin:  "BEGIN",
		enter:  setTenant,
		commit: "COMMIT",
		lockCourses: db.NewSelect().Model((*sqlstore.CourseRow)(nil)).Where("c.tenant_id = $1").Where("c.course_id = ANY ($2::text[])").
			Order("c.course_id").For(engine.RowLock).String(),
		readStandings: forEach(db, "unnest($2::text[], $3::text[]) AS w (course_id, learner_id)",
			db.NewSelect().Model((*sqlstore.StandingRow)(nil)).Where("s.tenant_id = $1").Where("s.course_id = w.course_id").
				Where("s.learner_id BETWEEN w.learner_id AND w.learner_id").Order("s.learner_id").Limit(1)).String(),
		readLines: forEach(db, "unnest($2::text[], $3::bigint[]) AS w (course_id, line)",
			db.NewSelect().ColumnExpr("*").TableExpr("(? LIMIT w.line) AS s",
				sqlstore.InLine(db, bun.Safe("$1")).Where("s.course_id = w.course_id"))).OrderExpr("found.sequence").String(),
		readReplies: forEach(db, "unnest($2::text[], $3::text[]) AS w (subject, name)",
			db.NewSelect().Model((*sqlstore.ReplyRow)(nil)).Where("r.tenant_id = $1").Where("r.subject = w.subject").
				Where("r.name = w.name").Limit(1)).String(),
		findEntry: db.NewSelect().Model((*sqlstore.EntryRow)(nil)).ColumnExpr("count(*) > 0").
			Where("(j.tenant_id, j.course_id, j.sequence, j.entry_id) = ($1, $2, $3, $4)").String(),
		findReply: db.NewSelect().Model((*sqlstore.ReplyRow)(nil)).ColumnExpr("count(*) > 0").
			Where("(r.tenant_id, r.subject, r.name, r.fingerprint, r.replied_at) = ($1, $2, $3, $4, $5)").String(),
	}
	for name, table := range map[string]table{createCourses: t.courses, addStandings: t.standings, addEntries: t.entries, addReplies: t.replies} {
		t.statements[name+one], t.statements[name+many] = table.insertOne(), table.insertMany()
	}
	for name, table := range map[string]table{changeCourses: t.courses, moveStandings: t.standings} {
		t.statements[name+one], t.statements[name+many] = table.updateOne(), table.insertMany()+table.orReplace()
	}
	pooled, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	pooled.ConnConfig, pooled.MaxConns, pooled.AfterConnect = config, size, t.prepare
	t.pool, err = pgxpool.NewWithConfig(context.Background(), pooled)
	return t, err
}

// forEach has rows looked up for each of what is wanted, one after the other, whatever the planner thinks of the tables: it
// plans once, perhaps while they are empty, and any other way is slow when they are not. For the same reason a standing is
// looked up by a range that is one learner wide, in his order: only the index that has learners serves that.
func forEach(db *bun.DB, wanted string, rows *bun.SelectQuery) *bun.SelectQuery {
	return db.NewSelect().TableExpr(wanted).Join("CROSS JOIN LATERAL (?) AS found", rows).ColumnExpr("found.*")
}

// prepare makes a connection ready. The server plans each statement once, for any values. A client that is gone without a
// word must not keep its locks.
func (t *trips) prepare(ctx context.Context, conn *pgx.Conn) error {
	if err := check(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "+
		"SET idle_in_transaction_session_timeout = '60s'", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return err
	}
	for name, text := range t.statements {
		if _, err := conn.Prepare(ctx, name, text); err != nil {
			return fmt.Errorf("prepare %s: %w", name, err)
		}
	}
	return nil
}

// begin is a [sqlstore.Begin]: the first trip. A statement sees what was committed when it began, and the one that waits for
// a lock began too early; so the courses are locked by one, and all else is read by others.
func (t *trips) begin(loading, _ context.Context, need ports.Need) (sqlstore.Transaction, sqlstore.Found, error) {
	var found sqlstore.Found
	conn, err := t.pool.Acquire(loading)
	if err != nil {
		return nil, found, err
	}
	w := wantedBy(need)
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(enter, w.tenant)
	if len(w.courses) > 0 {
		batch.Queue(lockCourses, w.tenant, w.courses).Query(into(&found.Courses))
	}
	w.read(batch, &found)
	tx := &trip{trips: t, conn: conn}
	if err := conn.SendBatch(loading, batch).Close(); err != nil {
		tx.End()
		return nil, sqlstore.Found{}, err
	}
	return tx, found, nil
}

// Load implements [sqlstore.Transaction]: a trip more, for those who came while the first was under way.
func (t *trip) Load(ctx context.Context, need ports.Need) (found sqlstore.Found, err error) {
	batch := &pgx.Batch{}
	wantedBy(need).read(batch, &found)
	return found, t.conn.SendBatch(ctx, batch).Close()
}

// wanted is a need as arrays, one for each column.
type wanted struct {
	tenant               string
	courses              []string
	learnersOn, learners []string
	linesOf              []string
	lines                []int
	subjects, names      []string
}

func wantedBy(need ports.Need) wanted {
	w := wanted{tenant: string(need.Tenant)}
	for _, n := range need.Courses {
		w.courses = append(w.courses, string(n.ID))
		for _, learner := range n.Learners {
			w.learnersOn, w.learners = append(w.learnersOn, string(n.ID)), append(w.learners, string(learner))
		}
		if n.FirstWaiting > 0 {
			w.linesOf, w.lines = append(w.linesOf, string(n.ID)), append(w.lines, n.FirstWaiting)
		}
	}
	for _, key := range need.Keys {
		w.subjects, w.names = append(w.subjects, key.Subject), append(w.names, key.Name)
	}
	return w
}

// read has the batch read what hangs on the courses.
func (w wanted) read(batch *pgx.Batch, found *sqlstore.Found) {
	if len(w.learners) > 0 {
		batch.Queue(readStandings, w.tenant, w.learnersOn, w.learners).Query(into(&found.Standings))
	}
	if len(w.lines) > 0 {
		batch.Queue(readLines, w.tenant, w.linesOf, w.lines).Query(into(&found.Lines))
	}
	if len(w.names) > 0 {
		batch.Queue(readReplies, w.tenant, w.subjects, w.names).Query(into(&found.Replies))
	}
}

// into has the rows of a result appended to a model's.
func into[Row any](found *[]Row) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*found, err = pgx.AppendRows(*found, rows, pgx.RowToStructByNameLax[Row])
		return err
	}
}

// A trip is a [sqlstore.Transaction] between its two trips.
type trip struct {
	*trips
	conn *pgxpool.Conn
}

// Save implements [sqlstore.Transaction]: the second trip.
func (t *trip) Save(ctx context.Context, rows sqlstore.Rows) error {
	batch := &pgx.Batch{}
	queue(batch, createCourses, t.courses, rows.Created)
	queue(batch, changeCourses, t.courses, rows.Changed)
	queue(batch, addStandings, t.standings, rows.Entered)
	queue(batch, moveStandings, t.standings, rows.Moved)
	queue(batch, addEntries, t.entries, rows.Journal)
	queue(batch, addReplies, t.replies, rows.Replies)
	batch.Queue(commit)
	return t.conn.SendBatch(ctx, batch).Close()
}

func queue[Row any](batch *pgx.Batch, statement string, t table, rows []Row) {
	if len(rows) <= few {
		for _, row := range rows {
			batch.Queue(statement+one, values(t, row)...)
		}
		return
	}
	batch.Queue(statement+many, columns(t, reflect.ValueOf(rows))...)
}

// Find implements [sqlstore.Transaction]: of what was sent, one part is there with all the others or not at all.
func (t *trip) Find(ctx context.Context, sent sqlstore.Rows) (there bool, err error) {
	switch {
	case len(sent.Journal) > 0:
		e := sent.Journal[0]
		err = t.conn.QueryRow(ctx, findEntry, string(e.TenantID), string(e.CourseID), e.Sequence, e.ID).Scan(&there)
	case len(sent.Replies) > 0:
		r := sent.Replies[0]
		err = t.conn.QueryRow(ctx, findReply, string(r.TenantID), r.Subject, r.Name, r.Fingerprint, r.RepliedAt).Scan(&there)
	}
	return there, err
}

// End implements [sqlstore.Transaction]. A connection that can't roll back is not used again.
func (t *trip) End() {
	if conn := t.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), answer)
		defer cancel()
		_, _ = conn.Exec(ctx, "ROLLBACK")
	}
	t.conn.Release()
}
