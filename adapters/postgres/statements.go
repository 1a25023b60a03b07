package postgres

import (
	"time"

	"example.com/roster/adapters/internal/sqlstore"
)

// The server plans each statement once per connection, perhaps while the tables are empty, and keeps that plan.
//
// So what is loaded is looked up row by row (CROSS JOIN LATERAL): any other plan is slow once the tables are full. For the
// same reason a learner is compared as a range of one, and a status likewise: each with its ORDER BY is served by one index
// alone.
//
// Arrays are unpacked in the list of a SELECT. In FROM, the server would first copy each array into a store of its own, which costs
// more than writing a few rows.
const (
	begin  = `BEGIN`
	commit = `COMMIT`

	// setTenant names the tenant of a transaction to row-level security.
	setTenant = `SELECT set_config('app.tenant', $1, true)`

	// The statements for one course, and one learner, spare the server the unpacking of arrays.
	lockCourse   = `SELECT ` + courseColumns + ` FROM courses WHERE tenant_id = $1 AND course_id = $2 FOR NO KEY UPDATE`
	loadStanding = `SELECT ` + standingColumns + ` FROM standings WHERE tenant_id = $1 AND course_id = $2
			AND learner_id BETWEEN $3 AND $3 ORDER BY learner_id LIMIT 1`

	// lockCourses locks in the order of $2. By "= ANY ($2)" a server that has no statistics yet would read all courses of the tenant.
	lockCourses = `SELECT found.* FROM (SELECT unnest($2::text[]) AS course_id) AS w CROSS JOIN LATERAL (
			SELECT ` + courseColumns + ` FROM courses AS c WHERE c.tenant_id = $1 AND c.course_id = w.course_id FOR NO KEY UPDATE) AS found`

	loadStandings = `SELECT found.* FROM (SELECT unnest($2::text[]) AS course_id, unnest($3::text[]) AS learner_id) AS w CROSS JOIN LATERAL (
			SELECT ` + standingColumns + ` FROM standings AS s WHERE s.tenant_id = $1 AND s.course_id = w.course_id
			AND s.learner_id BETWEEN w.learner_id AND w.learner_id ORDER BY s.learner_id LIMIT 1) AS found`

	loadWaitlists = `SELECT found.* FROM (SELECT unnest($2::text[]) AS course_id, unnest($3::bigint[]) AS first) AS w CROSS JOIN LATERAL (
			SELECT * FROM (
				SELECT ` + standingColumns + ` FROM standings AS s WHERE s.tenant_id = $1 AND s.course_id = w.course_id
				AND s.status BETWEEN 'waitlisted' AND 'waitlisted' ORDER BY s.status, s.sequence LIMIT w.first) AS s) AS found
		ORDER BY found.sequence`

	loadReplies = `SELECT found.* FROM (SELECT unnest($2::text[]) AS subject, unnest($3::text[]) AS name) AS w CROSS JOIN LATERAL (
			SELECT ` + replyColumns + ` FROM replies AS r
			WHERE r.tenant_id = $1 AND r.subject = w.subject AND r.name = w.name LIMIT 1) AS found`

	renameStanding = `UPDATE standings SET learner_id = $4 WHERE ` + oneStanding

	// oneStanding is the condition of a statement on one standing. An index that lacks the learner serves the redundant comparison in part,
	// which makes it more expensive than the key.
	oneStanding = `tenant_id = $1 AND course_id = $2 AND learner_id = $3 AND (course_id, learner_id) >= ($2, $3)`

	insertRecord = `INSERT INTO unpublished (tenant_id, spans, events, entry_id, occurred_at) VALUES ($1, $2, $3, $4, $5)`

	findEntry = `SELECT count(*) > 0 FROM journal WHERE (tenant_id, course_id, sequence, entry_id) = ($1, $2, $3, $4)`

	findReply = `SELECT count(*) > 0 FROM replies WHERE (tenant_id, subject, name, fingerprint, replied_at) = ($1, $2, $3, $4, $5)`
)

// The columns of the tables, in the order of the fields below.
const (
	courseColumns   = `tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision`
	standingColumns = `tenant_id, course_id, learner_id, enrollment_id, status, sequence, since`
	entryColumns    = `tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id, enrollment_id,
			from_status, title, capacity, open, waitlist, trace, previous_learner_id`
	replyColumns = `tenant_id, subject, name, fingerprint, replied_at, outcomes`
)

// A write is a statement that writes rows of one kind: one row, with a parameter for each column, or many, with an array for
// each.
type write[Row any] struct {
	one, many string
	fields    []field[Row]
}

// Many rows are updated by ON CONFLICT DO UPDATE, which finds each by its key, whatever the planner expects.
var (
	insertCourses = write[sqlstore.CourseRow]{
		one: `INSERT INTO courses (` + courseColumns + `, announced) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		many: `INSERT INTO courses (` + courseColumns + `, announced)
			SELECT $1::text, unnest($2::text[]), unnest($3::text[]), unnest($4::bigint[]), unnest($5::boolean[]),
				unnest($6::boolean[]), unnest($7::bigint[]), unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::bigint[]),
				unnest($11::bigint[])`,
		fields: []field[sqlstore.CourseRow]{
			sameOf(func(r *sqlstore.CourseRow) string { return string(r.TenantID) }),
			fieldOf(func(r *sqlstore.CourseRow) string { return string(r.CourseID) }),
			fieldOf(func(r *sqlstore.CourseRow) string { return r.Title }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return int64(r.Capacity) }),
			fieldOf(func(r *sqlstore.CourseRow) bool { return r.Open }),
			fieldOf(func(r *sqlstore.CourseRow) bool { return r.Waitlist }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return int64(r.SeatsTaken) }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return int64(r.WaitlistLength) }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return r.Sequence }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return r.Revision }),
			fieldOf(func(r *sqlstore.CourseRow) int64 { return r.Announced }),
		},
	}
	updateCourses = write[sqlstore.CourseRow]{
		one: `UPDATE courses SET title = $3, capacity = $4, open = $5, waitlist = $6, seats_taken = $7, waitlist_length = $8,
				sequence = $9, revision = $10, announced = $11
			WHERE tenant_id = $1 AND course_id = $2`,
		many: insertCourses.many + `
			ON CONFLICT (tenant_id, course_id) DO UPDATE SET title = excluded.title, capacity = excluded.capacity,
				open = excluded.open, waitlist = excluded.waitlist, seats_taken = excluded.seats_taken,
				waitlist_length = excluded.waitlist_length, sequence = excluded.sequence, revision = excluded.revision,
				announced = excluded.announced`,
		fields: insertCourses.fields,
	}
	insertStandings = write[sqlstore.StandingRow]{
		one: `INSERT INTO standings (` + standingColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		many: `INSERT INTO standings (` + standingColumns + `)
			SELECT $1::text, unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
				unnest($6::bigint[]), unnest($7::timestamptz[])`,
		fields: []field[sqlstore.StandingRow]{
			sameOf(func(r *sqlstore.StandingRow) string { return string(r.TenantID) }),
			fieldOf(func(r *sqlstore.StandingRow) string { return string(r.CourseID) }),
			fieldOf(func(r *sqlstore.StandingRow) string { return string(r.LearnerID) }),
			fieldOf(func(r *sqlstore.StandingRow) string { return string(r.EnrollmentID) }),
			fieldOf(func(r *sqlstore.StandingRow) string { return string(r.Status) }),
			fieldOf(func(r *sqlstore.StandingRow) int64 { return r.Sequence }),
			fieldOf(func(r *sqlstore.StandingRow) time.Time { return r.Since }),
		},
	}
	updateStandings = write[sqlstore.StandingRow]{
		one: `UPDATE standings SET enrollment_id = $4, status = $5, sequence = $6, since = $7
			WHERE ` + oneStanding,
		many: insertStandings.many + `
			ON CONFLICT (tenant_id, course_id, learner_id) DO UPDATE SET enrollment_id = excluded.enrollment_id,
				status = excluded.status, sequence = excluded.sequence, since = excluded.since`,
		fields: insertStandings.fields,
	}
	// An entry has NULL for what its type of event does not have.
	insertEntries = write[sqlstore.EntryRow]{
		one: `INSERT INTO journal (` + entryColumns + `)
			VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), nullif($9, ''), nullif($10, ''), nullif($11, ''),
				nullif($12::bigint, 0), nullif($13, false), nullif($14, false), nullif($15, ''), nullif($16, ''))`,
		many: `INSERT INTO journal (` + entryColumns + `)
			SELECT $1::text, unnest($2::text[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]),
				unnest($7::timestamptz[]), nullif(unnest($8::text[]), ''), nullif(unnest($9::text[]), ''), nullif(unnest($10::text[]), ''),
				nullif(unnest($11::text[]), ''), nullif(unnest($12::bigint[]), 0), nullif(unnest($13::boolean[]), false),
				nullif(unnest($14::boolean[]), false), nullif(unnest($15::text[]), ''), nullif(unnest($16::text[]), '')`,
		fields: []field[sqlstore.EntryRow]{
			sameOf(func(r *sqlstore.EntryRow) string { return string(r.TenantID) }),
			fieldOf(func(r *sqlstore.EntryRow) string { return string(r.CourseID) }),
			fieldOf(func(r *sqlstore.EntryRow) int64 { return r.Sequence }),
			fieldOf(func(r *sqlstore.EntryRow) string { return r.ID }),
			fieldOf(func(r *sqlstore.EntryRow) string { return r.Correlation }),
			fieldOf(func(r *sqlstore.EntryRow) string { return string(r.Type) }),
			fieldOf(func(r *sqlstore.EntryRow) time.Time { return r.At }),
			optionalOf(func(r *sqlstore.EntryRow) string { return string(r.LearnerID) }),
			optionalOf(func(r *sqlstore.EntryRow) string { return string(r.EnrollmentID) }),
			optionalOf(func(r *sqlstore.EntryRow) string { return string(r.From) }),
			optionalOf(func(r *sqlstore.EntryRow) string { return r.Title }),
			optionalOf(func(r *sqlstore.EntryRow) int64 { return int64(r.Capacity) }),
			optionalOf(func(r *sqlstore.EntryRow) bool { return r.Open }),
			optionalOf(func(r *sqlstore.EntryRow) bool { return r.Waitlist }),
			optionalOf(func(r *sqlstore.EntryRow) string { return r.Trace }),
			optionalOf(func(r *sqlstore.EntryRow) string { return string(r.Previous) }),
		},
	}
	insertReplies = write[sqlstore.ReplyRow]{
		one: `INSERT INTO replies (` + replyColumns + `) VALUES ($1, $2, $3, $4, $5, $6)`,
		many: `INSERT INTO replies (` + replyColumns + `)
			SELECT $1::text, unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::timestamptz[]),
				unnest($6::bytea[])`,
		fields: []field[sqlstore.ReplyRow]{
			sameOf(func(r *sqlstore.ReplyRow) string { return string(r.TenantID) }),
			fieldOf(func(r *sqlstore.ReplyRow) string { return r.Subject }),
			fieldOf(func(r *sqlstore.ReplyRow) string { return r.Name }),
			fieldOf(func(r *sqlstore.ReplyRow) string { return r.Fingerprint }),
			fieldOf(func(r *sqlstore.ReplyRow) time.Time { return r.RepliedAt }),
			fieldOf(func(r *sqlstore.ReplyRow) []byte { return r.Outcomes }),
		},
	}
)
