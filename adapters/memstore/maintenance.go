package memstore

import (
	"cmp"
	"context"
	"maps"
	"math"
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
		unpublished := s.firstUnpublished()
		for id, t := range s.tenants {
			for _, c := range t.courses {
				removed += c.purge(before, cmp.Or(unpublished[ports.CourseRef{Tenant: id, Course: c.ID}], math.MaxInt64))
			}
		}
	})
	return removed, err
}

// firstUnpublished returns the first unpublished sequence of each course that has one.
func (s *Store) firstUnpublished() map[ports.CourseRef]int64 {
	first := make(map[ports.CourseRef]int64)
	for _, r := range s.records {
		for _, span := range r.spans {
			first[span.CourseRef] = min(span.first, cmp.Or(first[span.CourseRef], span.first))
		}
	}
	return first
}

// purge removes, of the entries before the first unpublished one that happened before a time, what [domain.Purge] does not keep. It does
// nothing if these entries end before the snapshot that exists.
func (c *course) purge(before time.Time, unpublished int64) (removed int) {
	old := 0
	for old < len(c.journal) && c.journal[old].Sequence < unpublished && c.journal[old].At.Before(before) {
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

// Republish implements [ports.MaintenanceStore]. It adds a record for each course.
func (s *Store) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (n int, err error) {
	err = s.commitChange(ctx, func() {
		old, first := s.records, make(map[ports.CourseRef]int64)
		s.records = nil
		courses := s.tenants[tenant].courses
		for _, id := range slices.Sorted(maps.Keys(courses)) {
			c, at := courses[id], ports.CourseRef{Tenant: tenant, Course: id}
			if i := slices.IndexFunc(c.journal, func(e ports.Entry) bool { return !e.At.Before(since) }); i >= 0 {
				n += len(c.journal) - i
				first[at] = c.journal[i].Sequence
				s.addRecord(true, []span{{at, first[at], c.Sequence}})
			}
		}
		s.records = append(withoutRepublished(old, first), s.records...)
	})
	return n, err
}

// withoutRepublished leaves out the records that have only entries from the first sequences of courses on. If a record stays, so do those
// before it that have one of its courses.
func withoutRepublished(records []record, first map[ports.CourseRef]int64) []record {
	n := len(records)
	for _, r := range slices.Backward(records) {
		if slices.ContainsFunc(r.spans, func(s span) bool { return first[s.CourseRef] == 0 || s.first < first[s.CourseRef] }) {
			n--
			records[n] = r
			for _, span := range r.spans {
				delete(first, span.CourseRef)
			}
		}
	}
	return records[n:]
}
