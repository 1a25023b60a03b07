package sqlstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Bury implements [ports.Store].
func (s *Store) PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []ports.DeadLetter) error {
	rows := convert(once(letters), func(l ports.DeadLetter) letterRow { return newLetterRow(tenant, l) })
	return s.change(ctx, tenant, "bury", func(ctx context.Context, tx bun.IDB) error {
		for some := range slices.Chunk(rows, lettersAtOnce) {
			q := tx.NewInsert().Model(&some).On("CONFLICT (tenant_id, letter_id) DO UPDATE").Returning("NULL")
			for _, column := range []string{"subject", "role", "key", "learner_id", "body", "reason", "detail", "buried_at"} {
				q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
			}
			if _, err := q.Set("tries = d.tries + EXCLUDED.tries").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// lettersAtOnce bounds the length of a statement: the body of a letter may be long.
const lettersAtOnce = 10

// once leaves one letter of each ID, the last, with the tries of all.
func once(letters []ports.DeadLetter) (left []ports.DeadLetter) {
	at := make(map[string]int, len(letters))
	for _, l := range letters {
		i, ok := at[l.ID]
		if !ok {
			at[l.ID] = len(left)
			left = append(left, l)
			continue
		}
		l.Attempts += left[i].Attempts
		left[i] = l
	}
	return left
}

// DeadLetters implements [ports.Store].
func (s *Store) ListDeadLetters(ctx context.Context, tenant domain.TenantID, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	var rows []letterRow
	err := s.look(ctx, tenant, "", func(tx bun.IDB) error {
		err := tx.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).Where("letter_id > ?", page.After).
			Order("letter_id").Limit(int64(page.Limit)).Scan(ctx)
		return s.engine.failed("read dead letters", err)
	})
	return convert(rows, letterRow.letter), err
}

// Settle implements [ports.Store].
func (s *Store) DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) error {
	return s.change(ctx, tenant, "settle", func(ctx context.Context, tx bun.IDB) error {
		for some := range slices.Chunk(ids, rowsAtOnce) {
			_, err := tx.NewDelete().Model((*letterRow)(nil)).
				Where("tenant_id = ?", tenant).Where("letter_id IN (?)", bun.In(some)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// change commits what act does to the tenant's rows. After a conflict it begins again.
func (s *Store) change(
	ctx context.Context, tenant domain.TenantID, doing string, act func(context.Context, bun.IDB) error,
) error {
	return s.again(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		tx, err := s.begin(ctx, ctx, tenant)
		if err != nil {
			return err
		}
		defer tx.end()
		if err := act(ctx, tx); err != nil {
			return s.engine.failed(doing, err)
		}
		return s.engine.failed("commit", tx.Commit())
	})
}
