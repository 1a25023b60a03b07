package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// rowsAtOnce bounds the length of a statement.
const rowsAtOnce = 1000

// save sends rows, each table's in a statement or a few.
func save(ctx context.Context, db bun.IDB, rows Rows) error {
	if err := insert(ctx, db, rows.Created, ""); err != nil {
		return err
	}
	if err := insert(ctx, db, rows.Changed, "CONFLICT (tenant_id, course_id) DO UPDATE"); err != nil {
		return err
	}
	if err := insert(ctx, db, rows.Entered, ""); err != nil {
		return err
	}
	if err := insert(ctx, db, rows.Moved, "CONFLICT (tenant_id, course_id, learner_id) DO UPDATE"); err != nil {
		return err
	}
	if err := insert(ctx, db, rows.Journal, ""); err != nil {
		return err
	}
	return insert(ctx, db, rows.Replies, "")
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
