package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Expire implements [ports.MaintenanceStore].
func (s *Store) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	err = s.commitChange(ctx, func() {
		for _, t := range s.tenants {
			for key, record := range t.replies {
				if record.At.Before(before) {
					delete(t.replies, key)
					removed++
				}
			}
		}
	})
	return removed, err
}

// Purge implements [ports.MaintenanceStore].
func (s *Store) Purge(ctx context.Context, before time.Time) (removed int, err error) {
	err = s.commitChange(ctx, func() {
		for _, t := range s.tenants {
			for _, c := range t.courses {
				removed += c.purge(before)
			}
		}
	})
	return removed, err
}

// purge removes, of the published entries that happened before a time, what [domain.Purge] does not keep. It does nothing if these
// entries end before the snapshot that exists.
func (c *course) purge(before time.Time) (removed int) {
	old := 0
	for old < len(c.journal) && c.journal[old].Sequence <= c.published && c.journal[old].At.Before(before) {
		old++
	}
	if old == 0 || c.journal[old-1].Sequence <= c.purged {
		return 0
	}
	c.purged = c.journal[old-1].Sequence
	left := slices.Clone(c.journal[old:])
	purge := domain.Purge{}
	for _, e := range slices.Backward(c.journal[:old]) {
		if purge.Keeps(e.Event) {
			left = append(left, e)
		}
	}
	slices.SortFunc(left, func(a, b ports.Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	removed = len(c.journal) - len(left)
	c.journal = left
	return removed
}

// Republish implements [ports.MaintenanceStore].
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	defer s.notify()
	err = s.commitChange(ctx, func() {
		for _, c := range s.tenants[tenant].courses {
			n += c.rewind(since)
		}
	})
	return n, err
}

// rewind makes the first entry that happened at a time or later, and all after it, unpublished. It returns how many it changed.
func (c *course) rewind(since time.Time) int {
	first := slices.IndexFunc(c.journal, func(e ports.Entry) bool { return !e.At.Before(since) })
	if first < 0 || c.journal[first].Sequence > c.published {
		return 0
	}
	before := len(c.entries(c.published))
	c.published = c.journal[first].Sequence - 1
	return len(c.entries(c.published)) - before
}
