package memstore

import (
	"context"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// PutDeadLetters implements [ports.DeadLetterStore].
func (s *Store) PutDeadLetters(ctx context.Context, id domain.TenantID, letters []ports.DeadLetter) error {
	return s.change(ctx, id, func(t tenant) {
		for _, l := range letters {
			l.Attempts += t.deadLetters[l.ID].Attempts
			t.deadLetters[l.ID] = cloneDeadLetter(l)
		}
	})
}

// ListDeadLetters implements [ports.DeadLetterStore]; it sorts the ids at every call.
func (s *Store) ListDeadLetters(_ context.Context, id domain.TenantID, page ports.DeadLetterPage) (found []ports.DeadLetter, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	letters := s.tenants[id].deadLetters
	for _, name := range slices.Sorted(maps.Keys(letters)) {
		if name > page.After && len(found) < page.Limit {
			found = append(found, cloneDeadLetter(letters[name]))
		}
	}
	return found, nil
}

// DeleteDeadLetters implements [ports.DeadLetterStore].
func (s *Store) DeleteDeadLetters(ctx context.Context, id domain.TenantID, ids []string) error {
	return s.change(ctx, id, func(t tenant) {
		for _, name := range ids {
			delete(t.deadLetters, name)
		}
	})
}

// cloneDeadLetter copies what a dead letter points to.
func cloneDeadLetter(l ports.DeadLetter) ports.DeadLetter {
	l.Body = slices.Clone(l.Body)
	return l
}
