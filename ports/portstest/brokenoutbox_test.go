package portstest_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type entries = iter.Seq2[ports.Entry, error]

// Outboxes that are broken on purpose.

// without returns the messages for which dropped is false, in their records.
func without(records []ports.OutboxRecord, dropped func(ports.Message) bool) []ports.OutboxRecord {
	for i := range records {
		records[i].Messages = slices.DeleteFunc(records[i].Messages, dropped)
	}
	return records
}

// reliesOnIDs skips every message whose ID is smaller than that of a published one.
type reliesOnIDs struct {
	store
	last string
}

func (s *reliesOnIDs) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	return without(records, func(m ports.Message) bool { return m.ID < s.last }), err
}

func (s *reliesOnIDs) MarkPublished(ctx context.Context, records []ports.OutboxRecord) error {
	for _, r := range records {
		for _, m := range r.Messages {
			s.last = max(s.last, m.ID)
		}
	}
	return s.store.MarkPublished(ctx, records)
}

// reliesOnTimes skips every message that happened before a published one.
type reliesOnTimes struct {
	store
	last time.Time
}

func (s *reliesOnTimes) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	return without(records, func(m ports.Message) bool { return m.At.Before(s.last) }), err
}

func (s *reliesOnTimes) MarkPublished(ctx context.Context, records []ports.OutboxRecord) error {
	for _, r := range records {
		for _, m := range r.Messages {
			if m.At.After(s.last) {
				s.last = m.At
			}
		}
	}
	return s.store.MarkPublished(ctx, records)
}

// returnsUncommitted returns messages that are decided but not committed.
type returnsUncommitted struct {
	store
	decided []ports.OutboxRecord
}

func (s *returnsUncommitted) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for _, e := range c.Journal {
			s.decided = append(s.decided, ports.OutboxRecord{ID: e.Sequence, Messages: []ports.Message{{Tenant: need.Tenant, Entry: e}}})
		}
		return c, err
	})
}

func (s *returnsUncommitted) Unpublished(context.Context, int) ([]ports.OutboxRecord, error) {
	return s.decided, nil
}

func (s *returnsUncommitted) MarkPublished(context.Context, []ports.OutboxRecord) error {
	s.decided = nil
	return nil
}

// returnsTooMany returns all records, whatever the limit.
type returnsTooMany struct{ store }

func (s returnsTooMany) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	return s.store.Unpublished(ctx, 1000*limit)
}

// returnsNewestFirst returns the records in the wrong order.
type returnsNewestFirst struct{ store }

func (s returnsNewestFirst) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	all, err := s.store.Unpublished(ctx, 10_000)
	slices.Reverse(all)
	return all[:min(limit, len(all))], err
}

// returnsOneTenant returns the messages of one tenant.
type returnsOneTenant struct{ store }

func (s returnsOneTenant) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	return without(records, func(m ports.Message) bool { return m.Tenant != "tenant-0" }), err
}

// returnsNoTrace returns messages without their trace.
type returnsNoTrace struct{ store }

func (s returnsNoTrace) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	for _, r := range records {
		for i := range r.Messages {
			r.Messages[i].Trace = ""
		}
	}
	return records, err
}

// returnsCourseOnce returns only the first event of each course.
type returnsCourseOnce struct{ store }

func (s returnsCourseOnce) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	return without(records, func(m ports.Message) bool { return m.Sequence > 1 }), err
}

// republishesUnderTheSameNumber gives all republications one number.
type republishesUnderTheSameNumber struct{ store }

func (s republishesUnderTheSameNumber) Unpublished(ctx context.Context, limit int) ([]ports.OutboxRecord, error) {
	records, err := s.store.Unpublished(ctx, limit)
	for _, r := range records {
		for i := range r.Messages {
			r.Messages[i].Republication = min(1, r.Messages[i].Republication)
		}
	}
	return records, err
}

// comparesNoIDs knows any event whose sequence is in the journal.
type comparesNoIDs struct{ store }

func (s comparesNoIDs) HasEvent(ctx context.Context, event ports.EventRef) (bool, error) {
	c, err := s.Course(ctx, event.Tenant, event.Course)
	return err == nil && c.Sequence >= event.Sequence, nil
}

// knowsNoPurge knows no event that was purged.
type knowsNoPurge struct{ store }

func (s knowsNoPurge) HasEvent(ctx context.Context, event ports.EventRef) (bool, error) {
	for e, err := range s.Journal(ctx, event.Tenant, event.Course, 0) {
		if err != nil || e.ID == event.ID {
			return err == nil, err
		}
	}
	return false, nil
}

// forgetsTheLast does not remember what was published last.
type forgetsTheLast struct{ store }

func (forgetsTheLast) LastPublished(context.Context) (ports.EventRef, error) {
	return ports.EventRef{}, nil
}

// marksNothing marks nothing.
type marksNothing struct{ store }

func (marksNothing) MarkPublished(context.Context, []ports.OutboxRecord) error { return nil }

// marksUpTo also marks every earlier record.
type marksUpTo struct{ store }

func (s marksUpTo) MarkPublished(ctx context.Context, records []ports.OutboxRecord) error {
	all, err := s.store.Unpublished(ctx, 10_000)
	if err != nil || len(records) == 0 {
		return err
	}
	last := records[len(records)-1].ID
	return s.store.MarkPublished(ctx, slices.DeleteFunc(all, func(r ports.OutboxRecord) bool { return r.ID > last+1 }))
}

// reportsLast reports when the last message happened as the oldest.
type reportsLast struct{ store }

func (s reportsLast) Backlog(ctx context.Context) (ports.Backlog, error) {
	b, err := s.store.Backlog(ctx)
	all, _ := s.store.Unpublished(ctx, 10_000)
	if len(all) > 0 {
		b.Oldest = all[len(all)-1].Messages[0].At
	}
	return b, err
}

// missesCommits does not return before atMost.
type missesCommits struct{ store }

func (missesCommits) Await(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost) // steady: in a bubble
	defer cancel()
	<-ctx.Done()
}

// neverWaits never waits.
type neverWaits struct{ store }

func (neverWaits) Await(context.Context, time.Duration) {}

// ignoresCtx waits on after ctx has ended.
type ignoresCtx struct {
	store
	end <-chan struct{}
}

func (s ignoresCtx) Await(context.Context, time.Duration) { <-s.end }

// republishesTooFew leaves out the entries that happened at the time itself.
type republishesTooFew struct{ store }

func (s republishesTooFew) Republish(ctx context.Context, t domain.TenantID, since time.Time) (int, error) {
	return s.store.Republish(ctx, t, since.Add(time.Microsecond))
}

// republishesAllTenants republishes the entries of another tenant too.
type republishesAllTenants struct{ store }

func (s republishesAllTenants) Republish(ctx context.Context, t domain.TenantID, since time.Time) (int, error) {
	if _, err := s.store.Republish(ctx, "other", since); err != nil {
		return 0, err
	}
	return s.store.Republish(ctx, t, since)
}

// purgesUnpublished removes entries that are unpublished.
type purgesUnpublished struct{ store }

func (s purgesUnpublished) Purge(ctx context.Context, before time.Time) (int, error) {
	all, _ := s.store.Unpublished(ctx, 10_000)
	_ = s.store.MarkPublished(ctx, all)
	return s.store.Purge(ctx, before)
}

// purgesTooEarly removes entries that are a microsecond too young.
type purgesTooEarly struct{ store }

func (s purgesTooEarly) Purge(ctx context.Context, before time.Time) (int, error) {
	return s.store.Purge(ctx, before.Add(time.Microsecond))
}

// hidesPurge does not report that a journal is a snapshot.
type hidesPurge struct{ store }

func (hidesPurge) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 0, nil
}

// losesLearner leaves the first learner out of the snapshot.
type losesLearner struct{ store }

func (s losesLearner) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) entries {
	return func(yield func(ports.Entry, error) bool) {
		purged, _ := s.Purged(ctx, t, c)
		left := false
		for e, err := range s.store.Journal(ctx, t, c, after) {
			if e.Sequence <= purged && e.Learner != "" && !left {
				left = true
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// purgesSnapshot removes the snapshot when there is nothing else to remove.
type purgesSnapshot struct {
	store
	gone bool
}

func (s *purgesSnapshot) Purge(ctx context.Context, before time.Time) (int, error) {
	removed, err := s.store.Purge(ctx, before)
	s.gone = s.gone || removed == 0
	return removed, err
}

func (s *purgesSnapshot) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) entries {
	if purged, _ := s.Purged(ctx, t, c); s.gone {
		after = max(after, purged)
	}
	return s.store.Journal(ctx, t, c, after)
}

// purgesOneTenant purges the journals of one tenant only.
type purgesOneTenant struct{ store }

func (s purgesOneTenant) Purged(ctx context.Context, t domain.TenantID, c domain.CourseID) (int64, error) {
	if t != "t" {
		return 0, nil
	}
	return s.store.Purged(ctx, t, c)
}

// purgesInSnapshot reads current values in a snapshot.
type purgesInSnapshot struct{ store }

func (s purgesInSnapshot) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(s.store)
}

func TestBrokenOutboxesAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caughtBy string
		broken   func(testing.TB, store) store
	}{
		{"committed late", func(_ testing.TB, s store) store { return &reliesOnIDs{store: s} }},
		{"committed late", func(_ testing.TB, s store) store { return &reliesOnTimes{store: s} }},
		{"uncommitted", func(_ testing.TB, s store) store { return &returnsUncommitted{store: s} }},
		{"limit", func(_ testing.TB, s store) store { return returnsTooMany{s} }},
		{"order of commits", func(_ testing.TB, s store) store { return returnsNewestFirst{s} }},
		{"publish all", func(_ testing.TB, s store) store { return returnsOneTenant{s} }},
		{"one event of a million", func(_ testing.TB, s store) store { return returnsCourseOnce{s} }},
		{"unusual courses are published", func(_ testing.TB, s store) store { return returnsOneTenant{s} }},
		{"unpublished", func(_ testing.TB, s store) store { return returnsNoTrace{s} }},
		{"marks", func(_ testing.TB, s store) store { return marksNothing{s} }},
		{"overtaken", func(_ testing.TB, s store) store { return marksNothing{s} }},
		{"updates while publishing", func(_ testing.TB, s store) store { return marksNothing{s} }},
		{"marks", func(_ testing.TB, s store) store { return marksUpTo{s} }},
		{"updates while publishing", func(_ testing.TB, s store) store { return marksUpTo{s} }},
		{"last published", func(_ testing.TB, s store) store { return forgetsTheLast{s} }},
		{"has an event", func(_ testing.TB, s store) store { return comparesNoIDs{s} }},
		{"purge and republish", func(_ testing.TB, s store) store { return knowsNoPurge{s} }},
		{"number of a republication", func(_ testing.TB, s store) store { return republishesUnderTheSameNumber{s} }},
		{"republish the unpublished", func(_ testing.TB, s store) store { return &reliesOnIDs{store: s} }},
		{"republish out of time", func(_ testing.TB, s store) store { return &reliesOnTimes{store: s} }},
		{"republish during updates", func(_ testing.TB, s store) store { return returnsCourseOnce{s} }},
		{"republish many", func(_ testing.TB, s store) store { return returnsCourseOnce{s} }},
		{"backlog", func(_ testing.TB, s store) store { return reportsLast{s} }},
		{"await a commit", func(_ testing.TB, s store) store { return missesCommits{s} }},
		{"await at most", func(_ testing.TB, s store) store { return neverWaits{s} }},
		{"await at most", func(t testing.TB, s store) store { return ignoresCtx{s, t.Context().Done()} }},
		{"await ends with ctx", func(t testing.TB, s store) store { return ignoresCtx{s, t.Context().Done()} }},
		{"republish", func(_ testing.TB, s store) store { return republishesTooFew{s} }},
		{"republish one tenant's", func(_ testing.TB, s store) store { return republishesAllTenants{s} }},
		{"purge the published", func(_ testing.TB, s store) store { return purgesUnpublished{s} }},
		{"purge the old", func(_ testing.TB, s store) store { return purgesTooEarly{s} }},
		{"purge", func(_ testing.TB, s store) store { return hidesPurge{s} }},
		{"purge and go on", func(_ testing.TB, s store) store { return losesLearner{s} }},
		{"forget what was purged", func(_ testing.TB, s store) store { return losesLearner{s} }},
		{"purge during updates", func(_ testing.TB, s store) store { return losesLearner{s} }},
		{"purge again", func(_ testing.TB, s store) store { return &purgesSnapshot{store: s} }},
		{"purge and republish", func(_ testing.TB, s store) store { return &purgesSnapshot{store: s} }},
		{"purge all tenants'", func(_ testing.TB, s store) store { return purgesOneTenant{s} }},
		{"purge during a snapshot", func(_ testing.TB, s store) store { return purgesInSnapshot{s} }},
	} {
		t.Run(fmt.Sprintf("%T/%s", c.broken(t, nil), c.caughtBy), func(t *testing.T) {
			t.Parallel()
			whole := func(testing.TB) store { return memstore.New() }
			broken := func(t testing.TB) store { return c.broken(t, memstore.New()) }
			caught(t, storeCases, c.caughtBy, whole, broken)
		})
	}
}
