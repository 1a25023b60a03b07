package memstore

import (
	"context"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var _ ports.SampleNoteStore = (*Store)(nil)

// A sampleNoteKey is the key of a sample note in the store's map. The values have no pointers, so no caller can change a stored one.
type sampleNoteKey struct {
	tenant domain.TenantID
	id     domain.SampleNoteID
}

// UpdateSampleNote implements [ports.SampleNoteStore]. Only one update of the store runs at a time, so decide runs once.
func (s *Store) UpdateSampleNote(
	ctx context.Context, need ports.SampleNoteNeed, decide func(ports.SampleNoteChange) (ports.SampleNoteChange, error),
) error {
	select {
	case s.updating <- struct{}{}:
		defer func() { <-s.updating }()
	case <-ctx.Done():
		return unavailable(ctx)
	}
	key := sampleNoteKey{need.Tenant, need.ID}
	s.mu.RLock()
	before := ports.SampleNoteChange{SampleNote: s.sampleNotes[key]}
	// keys: before.Reply = cloneRecord(s.tenants[need.Tenant].replies[need.Key])
	s.mu.RUnlock()
	before.ID = need.ID
	after, err := decide(before)
	if err != nil {
		return err
	}
	return s.commitChange(ctx, func() {
		// keys: if after.Reply.Fingerprint != before.Reply.Fingerprint {
		// keys: 	if _, ok := s.tenants[need.Tenant]; !ok {
		// keys: 		s.tenants[need.Tenant] = newTenant()
		// keys: 	}
		// keys: 	s.tenants[need.Tenant].replies[need.Key] = cloneRecord(after.Reply)
		// keys: }
		if after.Version == before.Version {
			return
		}
		if s.sampleNotes == nil {
			s.sampleNotes = make(map[sampleNoteKey]domain.SampleNote)
		}
		s.sampleNotes[key] = after.SampleNote
	})
}

// SampleNote implements [ports.SampleNoteStore].
func (s *Store) SampleNote(_ context.Context, tenant domain.TenantID, id domain.SampleNoteID) (domain.SampleNote, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, ok := s.sampleNotes[sampleNoteKey{tenant, id}]
	if !ok {
		return domain.SampleNote{}, ports.ErrNotFound
	}
	return found, nil
}
