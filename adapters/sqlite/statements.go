package sqlite

import (
	"strings"
	"time"

	"example.com/roster/adapters/internal/sqlstore"
)

// Many keys are one parameter: a JSON array, or an object that has an array for the first part of several keys. SQLite looks up each
// key by itself, since CROSS JOIN keeps the order of the tables.
const (
	loadCourses = `SELECT ` + courseColumns + ` FROM json_each(?2) AS w CROSS JOIN courses AS c
		WHERE c.tenant_id = ?1 AND c.course_id = w.value`

	loadStandings = `SELECT ` + standingColumns + ` FROM json_each(?2) AS w CROSS JOIN json_each(w.value) AS l
		CROSS JOIN standings AS s WHERE s.tenant_id = ?1 AND s.course_id = w.key AND s.learner_id = l.value`

	loadWaitlist = `SELECT ` + standingColumns + ` FROM standings
		WHERE tenant_id = ?1 AND course_id = ?2 AND status = 'waitlisted' ORDER BY sequence LIMIT ?3`

	loadReplies = `SELECT ` + replyColumns + ` FROM json_each(?2) AS w CROSS JOIN json_each(w.value) AS n
		CROSS JOIN replies AS r WHERE r.tenant_id = ?1 AND r.subject = w.key AND r.name = n.value`

	renameStanding = `UPDATE standings SET learner_id = ?4 WHERE tenant_id = ?1 AND course_id = ?2 AND learner_id = ?3`

	findEntry = `SELECT count(*) > 0 FROM journal WHERE tenant_id = ?1 AND course_id = ?2 AND sequence = ?3 AND entry_id = ?4`

	findReply = `SELECT count(*) > 0 FROM replies
		WHERE tenant_id = ?1 AND subject = ?2 AND name = ?3 AND fingerprint = ?4 AND replied_at = ?5`
)

// The columns of the tables, in the order of the functions below.
const (
	courseColumns   = `tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision`
	standingColumns = `tenant_id, course_id, learner_id, enrollment_id, status, sequence, since`
	entryColumns    = `tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id, enrollment_id,
			from_status, title, capacity, open, waitlist, trace, previous_learner_id`
	recordColumns = `tenant_id, spans, events, entry_id, occurred_at`
	replyColumns  = `tenant_id, subject, name, fingerprint, replied_at, outcomes`
)

// A write is a statement that writes rows of one kind.
type write[Row any] struct {
	one, many string // for one row, and for manyRows
	values    func(*Row) []any
}

// manyRows are written faster together than one by one. A larger number saves no more.
const manyRows = 16

var (
	insertCourses = newWrite("courses", courseColumns+", announced", "", courseValues)
	updateCourses = newWrite("courses", courseColumns+", announced", `ON CONFLICT (tenant_id, course_id) DO UPDATE SET
		title = excluded.title, capacity = excluded.capacity, open = excluded.open, waitlist = excluded.waitlist,
		seats_taken = excluded.seats_taken, waitlist_length = excluded.waitlist_length, sequence = excluded.sequence,
		revision = excluded.revision, announced = excluded.announced`, courseValues)
	insertStandings = newWrite("standings", standingColumns, "", standingValues)
	updateStandings = newWrite("standings", standingColumns, `ON CONFLICT (tenant_id, course_id, learner_id) DO UPDATE SET
		enrollment_id = excluded.enrollment_id, status = excluded.status, sequence = excluded.sequence, since = excluded.since`,
		standingValues)
	insertEntries = newWrite("journal", entryColumns, "", entryValues)
	insertRecords = newWrite("unpublished", recordColumns, "", recordValues)
	insertReplies = newWrite("replies", replyColumns, "", replyValues)
)

// newWrite returns a write to a table. If it fails, it rolls back the whole transaction (OR ROLLBACK): to undo one statement alone,
// SQLite would copy each page before the statement changes it.
func newWrite[Row any](table, columns, onConflict string, values func(*Row) []any) write[Row] {
	row := "(" + strings.Repeat("?, ", strings.Count(columns, ",")) + "?)"
	one := "INSERT OR ROLLBACK INTO " + table + " (" + columns + ") VALUES " + row
	return write[Row]{one + " " + onConflict, one + strings.Repeat(", "+row, manyRows-1) + " " + onConflict, values}
}

func courseValues(r *sqlstore.CourseRow) []any {
	return []any{string(r.TenantID), string(r.CourseID), r.Title, r.Capacity, r.Open, r.Waitlist, r.SeatsTaken, r.WaitlistLength,
		r.Sequence, r.Revision, r.Announced}
}

func standingValues(r *sqlstore.StandingRow) []any {
	return []any{string(r.TenantID), string(r.CourseID), string(r.LearnerID), string(r.EnrollmentID), string(r.Status), r.Sequence,
		timeText(r.Since)}
}

func entryValues(r *sqlstore.EntryRow) []any {
	return []any{string(r.TenantID), string(r.CourseID), r.Sequence, r.ID, r.Correlation, string(r.Type), timeText(r.At),
		orNull(string(r.LearnerID)), orNull(string(r.EnrollmentID)), orNull(string(r.From)), orNull(r.Title), orNull(r.Capacity),
		orNull(r.Open), orNull(r.Waitlist), orNull(r.Trace), orNull(string(r.Previous))}
}

func recordValues(r *sqlstore.RecordRow) []any {
	return []any{string(r.Tenant), r.Spans, r.Events, r.EntryID, timeText(r.At)}
}

func replyValues(r *sqlstore.ReplyRow) []any {
	return []any{string(r.TenantID), r.Subject, r.Name, r.Fingerprint, timeText(r.RepliedAt), r.Outcomes}
}

// timeText is a time as bun writes it.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999-07:00") }

// orNull returns NULL for the zero value: for a field that an entry of its type does not have.
func orNull[T comparable](field T) any {
	var zero T
	if field == zero {
		return nil
	}
	return field
}
