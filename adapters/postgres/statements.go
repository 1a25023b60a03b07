package postgres

import (
	"time"

	"example.com/roster/adapters/internal/sqlstore"
)

// The names under which each connection of Updates has the statements prepared.
const (
	begin           = "begin"
	setTenant       = "set_tenant"
	lockCourses     = "lock_courses"
	loadStandings   = "load_standings"
	loadWaitlists   = "load_waitlists"
	loadReplies     = "load_replies"
	findEntry       = "find_entry"
	findReply       = "find_reply"
	insertCourses   = "insert_courses"
	updateCourses   = "update_courses"
	insertStandings = "insert_standings"
	updateStandings = "update_standings"
	insertEntries   = "insert_entries"
	insertReplies   = "insert_replies"
	commit          = "commit"

	// A statement that writes exists for one row, with a parameter for each column, and for many, with an array for each.
	one  = "_one"
	many = "_many"
)

// tenantText names the tenant of a transaction to row-level security.
const tenantText = `SELECT set_config('app.tenant', $1, true)`

// statements are the texts by name. The server plans each once, perhaps while the tables are empty, and keeps that plan.
//
// So what is loaded is looked up row by row (CROSS JOIN LATERAL): any other plan is slow once the tables are full. For the
// same reason a learner is compared as a range of one, and a status likewise: each with its ORDER BY is served by one index
// alone.
//
// Many rows are updated by ON CONFLICT DO UPDATE, which finds each by its key, whatever the planner expects.
var statements = map[string]string{
	begin:     `BEGIN`,
	setTenant: tenantText,

	lockCourses: `
		SELECT tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision
		FROM courses WHERE tenant_id = $1 AND course_id = ANY ($2::text[])
		ORDER BY course_id FOR NO KEY UPDATE`,

	loadStandings: `
		SELECT found.* FROM unnest($2::text[], $3::text[]) AS w (course_id, learner_id) CROSS JOIN LATERAL (
			SELECT s.tenant_id, s.course_id, s.learner_id, s.enrollment_id, s.status, s.sequence, s.since
			FROM standings AS s WHERE s.tenant_id = $1 AND s.course_id = w.course_id
			AND s.learner_id BETWEEN w.learner_id AND w.learner_id ORDER BY s.learner_id LIMIT 1) AS found`,

	loadWaitlists: `
		SELECT found.* FROM unnest($2::text[], $3::bigint[]) AS w (course_id, first) CROSS JOIN LATERAL (
			SELECT * FROM (
				SELECT s.tenant_id, s.course_id, s.learner_id, s.enrollment_id, s.status, s.sequence, s.since
				FROM standings AS s WHERE s.tenant_id = $1 AND s.course_id = w.course_id
				AND s.status BETWEEN 'waitlisted' AND 'waitlisted' ORDER BY s.status, s.sequence LIMIT w.first) AS s) AS found
		ORDER BY found.sequence`,

	loadReplies: `
		SELECT found.* FROM unnest($2::text[], $3::text[]) AS w (subject, name) CROSS JOIN LATERAL (
			SELECT r.tenant_id, r.subject, r.name, r.fingerprint, r.replied_at, r.outcomes
			FROM replies AS r WHERE r.tenant_id = $1 AND r.subject = w.subject AND r.name = w.name LIMIT 1) AS found`,

	findEntry: `
		SELECT count(*) > 0 FROM journal WHERE (tenant_id, course_id, sequence, entry_id) = ($1, $2, $3, $4)`,

	findReply: `
		SELECT count(*) > 0 FROM replies WHERE (tenant_id, subject, name, fingerprint, replied_at) = ($1, $2, $3, $4, $5)`,

	insertCourses + one: `
		INSERT INTO courses
			(tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,

	insertCourses + many: insertManyCourses,

	updateCourses + one: `
		UPDATE courses SET title = $3, capacity = $4, open = $5, waitlist = $6, seats_taken = $7, waitlist_length = $8,
			sequence = $9, revision = $10
		WHERE tenant_id = $1 AND course_id = $2`,

	updateCourses + many: insertManyCourses + `
		ON CONFLICT (tenant_id, course_id) DO UPDATE SET title = excluded.title, capacity = excluded.capacity,
			open = excluded.open, waitlist = excluded.waitlist, seats_taken = excluded.seats_taken,
			waitlist_length = excluded.waitlist_length, sequence = excluded.sequence, revision = excluded.revision`,

	insertStandings + one: `
		INSERT INTO standings (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,

	insertStandings + many: insertManyStandings,

	updateStandings + one: `
		UPDATE standings SET enrollment_id = $4, status = $5, sequence = $6, since = $7
		WHERE tenant_id = $1 AND course_id = $2 AND learner_id = $3`,

	updateStandings + many: insertManyStandings + `
		ON CONFLICT (tenant_id, course_id, learner_id) DO UPDATE SET enrollment_id = excluded.enrollment_id,
			status = excluded.status, sequence = excluded.sequence, since = excluded.since`,

	insertEntries + one: `
		INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id,
			enrollment_id, from_status, title, capacity, open, waitlist, trace)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,

	insertEntries + many: `
		INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id,
			enrollment_id, from_status, title, capacity, open, waitlist, trace)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
			$8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::boolean[], $14::boolean[], $15::text[])`,

	insertReplies + one: `
		INSERT INTO replies (tenant_id, subject, name, fingerprint, replied_at, outcomes)
		VALUES ($1, $2, $3, $4, $5, $6)`,

	insertReplies + many: `
		INSERT INTO replies (tenant_id, subject, name, fingerprint, replied_at, outcomes)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])`,

	commit: `COMMIT`,
}

const (
	insertManyCourses = `
		INSERT INTO courses
			(tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::boolean[], $7::bigint[],
			$8::bigint[], $9::bigint[], $10::bigint[])`

	insertManyStandings = `
		INSERT INTO standings (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[])`
)

// The columns of rows, in the order of the parameters above.
var (
	courseColumns = []column[sqlstore.CourseRow]{
		columnOf(func(r *sqlstore.CourseRow) string { return string(r.TenantID) }),
		columnOf(func(r *sqlstore.CourseRow) string { return string(r.CourseID) }),
		columnOf(func(r *sqlstore.CourseRow) string { return r.Title }),
		columnOf(func(r *sqlstore.CourseRow) int64 { return int64(r.Capacity) }),
		columnOf(func(r *sqlstore.CourseRow) bool { return r.Open }),
		columnOf(func(r *sqlstore.CourseRow) bool { return r.Waitlist }),
		columnOf(func(r *sqlstore.CourseRow) int64 { return int64(r.SeatsTaken) }),
		columnOf(func(r *sqlstore.CourseRow) int64 { return int64(r.WaitlistLength) }),
		columnOf(func(r *sqlstore.CourseRow) int64 { return r.Sequence }),
		columnOf(func(r *sqlstore.CourseRow) int64 { return r.Revision }),
	}
	standingColumns = []column[sqlstore.StandingRow]{
		columnOf(func(r *sqlstore.StandingRow) string { return string(r.TenantID) }),
		columnOf(func(r *sqlstore.StandingRow) string { return string(r.CourseID) }),
		columnOf(func(r *sqlstore.StandingRow) string { return string(r.LearnerID) }),
		columnOf(func(r *sqlstore.StandingRow) string { return string(r.EnrollmentID) }),
		columnOf(func(r *sqlstore.StandingRow) string { return string(r.Status) }),
		columnOf(func(r *sqlstore.StandingRow) int64 { return r.Sequence }),
		columnOf(func(r *sqlstore.StandingRow) time.Time { return r.Since }),
	}
	entryColumns = []column[sqlstore.EntryRow]{
		columnOf(func(r *sqlstore.EntryRow) string { return string(r.TenantID) }),
		columnOf(func(r *sqlstore.EntryRow) string { return string(r.CourseID) }),
		columnOf(func(r *sqlstore.EntryRow) int64 { return r.Sequence }),
		columnOf(func(r *sqlstore.EntryRow) string { return r.ID }),
		columnOf(func(r *sqlstore.EntryRow) string { return r.Correlation }),
		columnOf(func(r *sqlstore.EntryRow) string { return string(r.Type) }),
		columnOf(func(r *sqlstore.EntryRow) time.Time { return r.At }),
		nullable(func(r *sqlstore.EntryRow) string { return string(r.LearnerID) }),
		nullable(func(r *sqlstore.EntryRow) string { return string(r.EnrollmentID) }),
		nullable(func(r *sqlstore.EntryRow) string { return string(r.From) }),
		nullable(func(r *sqlstore.EntryRow) string { return r.Title }),
		nullable(func(r *sqlstore.EntryRow) int64 { return int64(r.Capacity) }),
		nullable(func(r *sqlstore.EntryRow) bool { return r.Open }),
		nullable(func(r *sqlstore.EntryRow) bool { return r.Waitlist }),
		nullable(func(r *sqlstore.EntryRow) string { return r.Trace }),
	}
	replyColumns = []column[sqlstore.ReplyRow]{
		columnOf(func(r *sqlstore.ReplyRow) string { return string(r.TenantID) }),
		columnOf(func(r *sqlstore.ReplyRow) string { return r.Subject }),
		columnOf(func(r *sqlstore.ReplyRow) string { return r.Name }),
		columnOf(func(r *sqlstore.ReplyRow) string { return r.Fingerprint }),
		columnOf(func(r *sqlstore.ReplyRow) time.Time { return r.RepliedAt }),
		columnOf(func(r *sqlstore.ReplyRow) []byte { return r.Outcomes }),
	}
)
