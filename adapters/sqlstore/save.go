package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// rowsAtOnce bounds the length of a statement.
const rowsAtOnce = 1000

// save sends the changes. A course that was not known when loaded, and a reply, are inserted plainly: there was nothing
// to lock, so where somebody else was first, the violated key says so.
func save(ctx context.Context, db bun.IDB, tenant domain.TenantID, changes ports.Changes, known courses) error {
	var created, changed []courseRow
	for _, c := range changes.Courses {
		if row := newCourseRow(tenant, c); known[c.ID].Exists() {
			changed = append(changed, row)
		} else {
			created = append(created, row)
		}
	}
	if err := insert(ctx, db, created, ""); err != nil {
		return err
	}
	if err := insert(ctx, db, changed, "CONFLICT (tenant_id, course_id) DO UPDATE"); err != nil {
		return err
	}
	standings := convert(changes.Standings, func(s domain.Standing) standingRow { return newStandingRow(tenant, s) })
	if err := insert(ctx, db, standings, "CONFLICT (tenant_id, course_id, learner_id) DO UPDATE"); err != nil {
		return err
	}
	entries := convert(changes.Journal, func(e ports.Entry) entryRow { return newEntryRow(tenant, e) })
	if err := insert(ctx, db, entries, ""); err != nil {
		return err
	}
	replies := make([]replyRow, len(changes.Replies))
	for i, kept := range changes.Replies {
		var err error
		if replies[i], err = newReplyRow(tenant, kept); err != nil {
			return err
		}
	}
	return insert(ctx, db, replies, "")
}

// insert sends rows; on says what to do where a key is taken, and is empty where that is an error.
func insert[Row any](ctx context.Context, db bun.IDB, rows []Row, on string) error {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		q := db.NewInsert().Model(&some).Returning("NULL")
		if on != "" {
			q = q.On(on)
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
