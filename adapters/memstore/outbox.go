package memstore

import (
	"context"
	"slices"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A record is entries that were committed together and are unpublished.
type record struct {
	id            int64
	spans         []span
	republication bool
}

// A span is the entries of a course from a first to a last sequence.
type span struct {
	ports.CourseRef
	first, last int64
}

// spansOf joins consecutive entries of one course.
func spansOf(tenant domain.TenantID, entries []ports.Entry) (spans []span) {
	for _, e := range entries {
		if i := len(spans) - 1; i >= 0 && spans[i].Course == e.Course {
			spans[i].last = e.Sequence
			continue
		}
		spans = append(spans, span{ports.CourseRef{Tenant: tenant, Course: e.Course}, e.Sequence, e.Sequence})
	}
	return spans
}

// addRecord adds what is committed to the outbox.
func (s *Store) addRecord(republication bool, spans []span) {
	if len(spans) > 0 {
		s.lastRecord++
		s.records = append(s.records, record{s.lastRecord, spans, republication})
		s.notify()
	}
}

// messages returns the entries of a record that no purge has removed.
func (s *Store) messages(r record) (messages []ports.Message) {
	for _, span := range r.spans {
		for _, e := range s.tenants[span.Tenant].courses[span.Course].entries(span.first - 1) {
			if e.Sequence > span.last {
				break
			}
			m := ports.Message{Tenant: span.Tenant, Entry: e}
			if r.republication {
				m.Republication = r.id
			}
			messages = append(messages, m)
		}
	}
	return messages
}

// Unpublished implements [ports.Outbox].
func (s *Store) Unpublished(ctx context.Context, limit int) (found []ports.OutboxRecord, err error) {
	if ctx.Err() != nil {
		return nil, unavailable(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.records {
		if limit <= 0 {
			break
		}
		messages := s.messages(r)
		found = append(found, ports.OutboxRecord{ID: r.id, Messages: messages})
		limit -= len(messages)
	}
	return found, nil
}

// MarkPublished implements [ports.Outbox].
func (s *Store) MarkPublished(ctx context.Context, records []ports.OutboxRecord) error {
	published := make(map[int64]bool)
	for _, r := range records {
		published[r.ID] = true
	}
	return s.commitChange(ctx, func() {
		s.records = slices.DeleteFunc(s.records, func(r record) bool { return published[r.id] })
		for _, r := range records {
			if n := len(r.Messages); n > 0 {
				s.lastPublished = r.Messages[n-1].Ref()
			}
		}
	})
}

// LastPublished implements [ports.Outbox].
func (s *Store) LastPublished(context.Context) (ports.EventRef, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lastPublished, nil
}

// HasEvent implements [ports.Outbox].
func (s *Store) HasEvent(_ context.Context, event ports.EventRef) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.tenants[event.Tenant].course(event.Course)
	if next := c.entries(event.Sequence - 1); len(next) > 0 && next[0].Sequence == event.Sequence {
		return next[0].ID == event.ID, nil
	}
	return event.Sequence <= c.purged, nil
}

// Backlog implements [ports.Outbox].
func (s *Store) Backlog(context.Context) (b ports.Backlog, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.records {
		for _, m := range s.messages(r) {
			b.Messages++
			if b.Oldest.IsZero() || m.At.Before(b.Oldest) {
				b.Oldest = m.At
			}
		}
	}
	return b, nil
}

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.committed:
	case <-ctx.Done():
	}
}

// notify makes Await return: the one that waits, or else the next one.
func (s *Store) notify() {
	select {
	case s.committed <- struct{}{}:
	default:
	}
}
