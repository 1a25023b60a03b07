package main

import (
	"context"
	"database/sql"
)

// insertNextEvent is insertEvent without the lock: a number that is taken is replaced by the next, because the key of the outbox would
// refuse it, and so detect by accident that the course has changed.
const insertNextEvent = `INSERT INTO outbox (tenant_id, course_id, sequence, event_id, type, learner_id, enrollment_id, occurred_at)
	VALUES ($1, $2, (SELECT CASE WHEN count(*) < $3 THEN $3 ELSE count(*) + 1 END FROM outbox WHERE tenant_id = $1 AND course_id = $2),
	$4, $5, $6, $7, $8)`

// unlock makes the handler as a careless author would: it reads the course in one transaction, and decides and writes in another. In
// between, requests at the same time read the same free seat.
func (q *statements) unlock(ctx context.Context, db *sql.DB) (err error) {
	q.unlocked = true
	q.insertEvent, err = db.PrepareContext(ctx, insertNextEvent)
	return err
}
