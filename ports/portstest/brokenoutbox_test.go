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

// Outboxes broken on purpose, each named after the outage that it would cause.

// passedOver remembers the last ID that it published, and looks for greater ones.
type passedOver struct {
	store
	last string
}

func (s *passedOver) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	messages, err := s.store.Unpublished(ctx, after, limit)
	return slices.DeleteFunc(messages, func(m ports.Message) bool { return m.ID < s.last }), err
}

func (s *passedOver) MarkPublished(ctx context.Context, messages []ports.Message) error {
	for _, m := range messages {
		s.last = max(s.last, m.ID)
	}
	return s.store.MarkPublished(ctx, messages)
}

// passedOverByTheClock takes everything as published that happened before what was.
type passedOverByTheClock struct {
	store
	last time.Time
}

func (s *passedOverByTheClock) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	messages, err := s.store.Unpublished(ctx, after, limit)
	return slices.DeleteFunc(messages, func(m ports.Message) bool { return m.At.Before(s.last) }), err
}

func (s *passedOverByTheClock) MarkPublished(ctx context.Context, messages []ports.Message) error {
	for _, m := range messages {
		if m.At.After(s.last) {
			s.last = m.At
		}
	}
	return s.store.MarkPublished(ctx, messages)
}

// toldAndRolledBack tells of what is only decided.
type toldAndRolledBack struct {
	store
	decided []ports.Message
}

func (s *toldAndRolledBack) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for _, e := range c.Journal {
			s.decided = append(s.decided, ports.Message{Tenant: need.Tenant, Entry: e})
		}
		return c, err
	})
}

func (s *toldAndRolledBack) Unpublished(context.Context, ports.CourseRef, int) ([]ports.Message, error) {
	return s.decided, nil
}

func (s *toldAndRolledBack) MarkPublished(context.Context, []ports.Message) error {
	s.decided = nil
	return nil
}

// restNeverTold returns less than there is.
type restNeverTold struct{ store }

func (s restNeverTold) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.store.Unpublished(ctx, after, max(1, limit-1))
}

// heldUpByOne begins with the first course, always.
type heldUpByOne struct{ store }

func (s heldUpByOne) Unpublished(ctx context.Context, _ ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.store.Unpublished(ctx, ports.CourseRef{}, limit)
}

// inTheOrderOfALanguage sorts ids as people do.
type inTheOrderOfALanguage struct{ store }

func (s inTheOrderOfALanguage) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	messages, err := s.store.Unpublished(ctx, after, limit)
	slices.SortStableFunc(messages, func(a, b ports.Message) int { return len(a.Course) - len(b.Course) })
	return messages, err
}

// onlyMine tells of one tenant.
type onlyMine struct{ store }

func (s onlyMine) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	messages, err := s.store.Unpublished(ctx, after, limit)
	return slices.DeleteFunc(messages, func(m ports.Message) bool { return m.Tenant != "tenant-0" }), err
}

// toldInPart forgets what an event was part of.
type toldInPart struct{ store }

func (s toldInPart) Unpublished(ctx context.Context, after ports.CourseRef, limit int) ([]ports.Message, error) {
	messages, err := s.store.Unpublished(ctx, after, limit)
	for i := range messages {
		messages[i].Trace = ""
	}
	return messages, err
}

// toldForEver marks nothing.
type toldForEver struct{ store }

func (toldForEver) MarkPublished(context.Context, []ports.Message) error { return nil }

// markedUnsent marks all that a course has.
type markedUnsent struct{ store }

func (s markedUnsent) MarkPublished(ctx context.Context, messages []ports.Message) error {
	all, err := s.store.Unpublished(ctx, ports.CourseRef{}, 10_000)
	if err != nil || len(messages) == 0 {
		return err
	}
	return s.store.MarkPublished(ctx, slices.DeleteFunc(all, func(m ports.Message) bool {
		return !slices.ContainsFunc(messages, func(sent ports.Message) bool { return sent.Course == m.Course })
	}))
}

// republishUndone marks a message whatever is before it.
type republishUndone struct{ store }

func (s republishUndone) MarkPublished(ctx context.Context, messages []ports.Message) error {
	all, err := s.store.Unpublished(ctx, ports.CourseRef{}, 10_000)
	if err != nil {
		return err
	}
	return s.store.MarkPublished(ctx, slices.DeleteFunc(all, func(m ports.Message) bool {
		return !slices.ContainsFunc(messages, func(sent ports.Message) bool {
			return sent.Course == m.Course && sent.Sequence >= m.Sequence
		})
	}))
}

// alarmTooLate tells how long the last waits.
type alarmTooLate struct{ store }

func (s alarmTooLate) Backlog(ctx context.Context) (ports.Backlog, error) {
	b, err := s.store.Backlog(ctx)
	all, _ := s.store.Unpublished(ctx, ports.CourseRef{}, 10_000)
	if len(all) > 0 {
		b.Oldest = all[len(all)-1].At
	}
	return b, err
}

// asleep looks again when it is time.
type asleep struct{ store }

func (asleep) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	<-ctx.Done()
	return nil
}

// talksOfAnother tells of a course, whichever it was.
type talksOfAnother struct{ store }

func (s talksOfAnother) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	s.store.Await(ctx, atMost)
	return []ports.CourseRef{{Tenant: "t", Course: "c"}}
}

// askedInVain tells of a course only as much as it has to tell of the first.
type askedInVain struct{ store }

func (s askedInVain) UnpublishedOf(ctx context.Context, courses []ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.store.UnpublishedOf(ctx, courses[:min(len(courses), 1)], limit)
}

// tellsOfAll tells of courses that it was not asked for.
type tellsOfAll struct{ store }

func (s tellsOfAll) UnpublishedOf(ctx context.Context, _ []ports.CourseRef, limit int) ([]ports.Message, error) {
	return s.store.Unpublished(ctx, ports.CourseRef{}, limit)
}

// burnsAProcessor never waits.
type burnsAProcessor struct{ store }

func (burnsAProcessor) Await(context.Context, time.Duration) []ports.CourseRef { return nil }

// deaf waits on when it is to end.
type deaf struct {
	store
	end <-chan struct{}
}

func (s deaf) Await(context.Context, time.Duration) []ports.CourseRef {
	<-s.end
	return nil
}

// backOnlyInPart brings back what is younger than that.
type backOnlyInPart struct{ store }

func (s backOnlyInPart) Republish(ctx context.Context, t domain.TenantID, since time.Time) (int, error) {
	return s.store.Republish(ctx, t, since.Add(time.Microsecond))
}

// everybodysBack brings back what others have as well.
type everybodysBack struct{ store }

func (s everybodysBack) Republish(ctx context.Context, t domain.TenantID, since time.Time) (int, error) {
	if _, err := s.store.Republish(ctx, "other", since); err != nil {
		return 0, err
	}
	return s.store.Republish(ctx, t, since)
}

// purgedUnsent removes what nobody has been told.
type purgedUnsent struct{ store }

func (s purgedUnsent) Purge(ctx context.Context, before time.Time) (int, error) {
	all, _ := s.store.Unpublished(ctx, ports.CourseRef{}, 10_000)
	_ = s.store.MarkPublished(ctx, all)
	return s.store.Purge(ctx, before)
}

// purgedTooSoon removes what is to be kept still.
type purgedTooSoon struct{ store }

func (s purgedTooSoon) Purge(ctx context.Context, before time.Time) (int, error) {
	return s.store.Purge(ctx, before.Add(time.Microsecond))
}

// checkFailsForEver does not tell that a journal is a snapshot.
type checkFailsForEver struct{ store }

func (checkFailsForEver) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 0, nil
}

// learnerGone leaves the first of those who came and stayed out of the snapshot.
type learnerGone struct{ store }

func (s learnerGone) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) entries {
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

// snapshotPurged removes the snapshot when there is nothing behind it to be removed.
type snapshotPurged struct {
	store
	gone bool
}

func (s *snapshotPurged) Purge(ctx context.Context, before time.Time) (int, error) {
	removed, err := s.store.Purge(ctx, before)
	s.gone = s.gone || removed == 0
	return removed, err
}

func (s *snapshotPurged) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) entries {
	if purged, _ := s.Purged(ctx, t, c); s.gone {
		after = max(after, purged)
	}
	return s.store.Journal(ctx, t, c, after)
}

// purgesAtHome leaves the journals of all tenants but one.
type purgesAtHome struct{ store }

func (s purgesAtHome) Purged(ctx context.Context, t domain.TenantID, c domain.CourseID) (int64, error) {
	if t != "t" {
		return 0, nil
	}
	return s.store.Purged(ctx, t, c)
}

// purgedUnderTheReader shows in a snapshot what is there now.
type purgedUnderTheReader struct{ store }

func (s purgedUnderTheReader) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(s.store)
}

func TestBrokenOutboxesAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caughtBy string
		broken   func(*testing.T, store) store
	}{
		{"committed late", func(_ *testing.T, s store) store { return &passedOver{store: s} }},
		{"committed late", func(_ *testing.T, s store) store { return &passedOverByTheClock{store: s} }},
		{"uncommitted", func(_ *testing.T, s store) store { return &toldAndRolledBack{store: s} }},
		{"limit", func(_ *testing.T, s store) store { return restNeverTold{s} }},
		{"after a course", func(_ *testing.T, s store) store { return heldUpByOne{s} }},
		{"sweep", func(_ *testing.T, s store) store { return heldUpByOne{s} }},
		{"order of courses", func(_ *testing.T, s store) store { return inTheOrderOfALanguage{s} }},
		{"sweep", func(_ *testing.T, s store) store { return onlyMine{s} }},
		{"unpublished", func(_ *testing.T, s store) store { return toldInPart{s} }},
		{"marks", func(_ *testing.T, s store) store { return toldForEver{s} }},
		{"overtaken", func(_ *testing.T, s store) store { return toldForEver{s} }},
		{"updates while publishing", func(_ *testing.T, s store) store { return toldForEver{s} }},
		{"marks", func(_ *testing.T, s store) store { return markedUnsent{s} }},
		{"updates while publishing", func(_ *testing.T, s store) store { return markedUnsent{s} }},
		{"skips after an unpublished message", func(_ *testing.T, s store) store { return republishUndone{s} }},
		{"backlog", func(_ *testing.T, s store) store { return alarmTooLate{s} }},
		{"await a commit", func(_ *testing.T, s store) store { return asleep{s} }},
		{"await returns courses", func(_ *testing.T, s store) store { return talksOfAnother{s} }},
		{"of some courses", func(_ *testing.T, s store) store { return askedInVain{s} }},
		{"of some courses", func(_ *testing.T, s store) store { return tellsOfAll{s} }},
		{"await at most", func(_ *testing.T, s store) store { return burnsAProcessor{s} }},
		{"await at most", func(t *testing.T, s store) store { return deaf{s, t.Context().Done()} }},
		{"await ends with ctx", func(t *testing.T, s store) store { return deaf{s, t.Context().Done()} }},
		{"republish", func(_ *testing.T, s store) store { return backOnlyInPart{s} }},
		{"republish one tenant's", func(_ *testing.T, s store) store { return everybodysBack{s} }},
		{"purge the published", func(_ *testing.T, s store) store { return purgedUnsent{s} }},
		{"purge the old", func(_ *testing.T, s store) store { return purgedTooSoon{s} }},
		{"purge", func(_ *testing.T, s store) store { return checkFailsForEver{s} }},
		{"purge and go on", func(_ *testing.T, s store) store { return learnerGone{s} }},
		{"forget what was purged", func(_ *testing.T, s store) store { return learnerGone{s} }},
		{"purge during updates", func(_ *testing.T, s store) store { return learnerGone{s} }},
		{"purge again", func(_ *testing.T, s store) store { return &snapshotPurged{store: s} }},
		{"purge and republish", func(_ *testing.T, s store) store { return &snapshotPurged{store: s} }},
		{"purge all tenants'", func(_ *testing.T, s store) store { return purgesAtHome{s} }},
		{"purge during a snapshot", func(_ *testing.T, s store) store { return purgedUnderTheReader{s} }},
	} {
		t.Run(fmt.Sprintf("%T/%s", c.broken(t, nil), c.caughtBy), func(t *testing.T) {
			t.Parallel()
			whole := func(testing.TB) store { return memstore.New() }
			broken := func(testing.TB) store { return c.broken(t, memstore.New()) }
			caught(t, storeCases, c.caughtBy, whole, broken)
		})
	}
}
