package sqlstore

import (
	"context"

	"example.com/roster/ports"
)

// steps is a [Transaction] of plain statements, one after another: for a database in the process, where a trip is a call and one
// transaction writes at a time.
type steps struct{ transaction }

// steps is a [Begin].
func (s *Store) steps(loading, whole context.Context, need ports.Need) (Transaction, Found, error) {
	tx, err := s.begin(loading, whole, need.Tenant)
	if err != nil {
		return nil, Found{}, err
	}
	found, err := loader{tx, need}.load(loading)
	if err != nil {
		tx.end()
		return nil, Found{}, err
	}
	return steps{tx}, found, nil
}

// Load implements [Transaction].
func (t steps) Load(ctx context.Context, need ports.Need) (Found, error) {
	return loader{t.transaction, need}.load(ctx)
}

// Find implements [Transaction]: of what was sent, one part is there with all the others or not at all.
func (t steps) Find(ctx context.Context, sent Rows) (bool, error) {
	if len(sent.Journal) > 0 {
		row := sent.Journal[0]
		return t.NewSelect().Model(&row).WherePK().Where("entry_id = ?", row.ID).Exists(ctx)
	}
	if len(sent.Replies) > 0 {
		row := sent.Replies[0]
		return t.NewSelect().Model(&row).WherePK().Where("fingerprint = ?", row.Fingerprint).
			Where("replied_at = ?", row.RepliedAt).Exists(ctx)
	}
	return false, nil
}

// Save implements [Transaction].
func (t steps) Save(ctx context.Context, rows Rows) error {
	if err := save(ctx, t, rows); err != nil {
		return err
	}
	return t.Commit()
}

// End implements [Transaction].
func (t steps) End() { t.end() }
