package application

import (
	"context"
	"fmt"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// ReviseSampleNote implements [ports.SampleNotes].
func (s *Service) ReviseSampleNote(ctx context.Context, command ports.ReviseSampleNote) (ports.SampleNoteReply, error) {
	// TODO: decide who may change a sample note.
	if err := knownStaff(command.By); err != nil {
		return ports.SampleNoteReply{}, err
	}
	need := ports.SampleNoteNeed{Tenant: command.By.Tenant, ID: command.ID}
	// keys: need.Key = ports.IdempotencyKey{Subject: command.By.Subject, Name: command.Key}
	return s.changeSampleNote(ctx, need,
		// keys: askedFor("revise sample note", string(command.ID), command.Text),
		func(before domain.SampleNote, at time.Time) (domain.SampleNote, error) {
			return before.Revise(command.Text, command.By.Subject, at)
		})
}

// changeSampleNote decides on the sample note that is stored, and saves the result.
// keys: // If the key has a reply, it returns that one. A refusal by a rule is a reply, too.
func (s *Service) changeSampleNote(
	ctx context.Context, need ports.SampleNoteNeed,
	// keys: fingerprint string,
	decide func(before domain.SampleNote, at time.Time) (domain.SampleNote, error),
) (reply ports.SampleNoteReply, err error) {
	if err := need.ID.Validate(); err != nil {
		return reply, err
	}
	// keys: if err := optional("key", need.Key.Name, maxKey); err != nil {
	// keys: 	return reply, err
	// keys: }
	// keys: var refused error
	err = s.store.UpdateSampleNote(ctx, need, func(c ports.SampleNoteChange) (ports.SampleNoteChange, error) {
		reply = ports.SampleNoteReply{}
		// keys: earlier, exists, err := earlierOutcome(c.Reply, fingerprint)
		// keys: if exists || err != nil {
		// keys: 	reply.SampleNote, reply.Replayed, refused = earlier.SampleNote, exists, refusal(earlier)
		// keys: 	return c, err
		// keys: }
		at := s.clock.Now().UTC().Truncate(time.Microsecond)
		after, err := decide(c.SampleNote, at)
		if err == nil {
			c.SampleNote, reply.SampleNote = after, after
			reply.ChangedBy = ""
		}
		// keys: if refused = nil; need.Key.Name != "" && (err == nil || isRule(err)) {
		// keys: 	c.Reply = ports.IdempotencyRecord{
		// keys: 		IdempotencyKey: need.Key, Fingerprint: fingerprint, At: at,
		// keys: 		Outcomes: []ports.Outcome{{Refused: ports.KindOf(err), SampleNote: reply.SampleNote}},
		// keys: 	}
		// keys: 	refused, err = err, nil
		// keys: }
		return c, err
	})
	if err != nil {
		// keys: err = unknownResult(ctx, need.Key, err)
		return ports.SampleNoteReply{}, err
	}
	// keys: err = refused
	return reply, err
}

// SampleNote implements [ports.SampleNotes].
func (s *Service) SampleNote(ctx context.Context, by ports.Actor, id domain.SampleNoteID) (domain.SampleNote, error) {
	// TODO: decide who may see a sample note.
	if err := known(by); err != nil {
		return domain.SampleNote{}, err
	}
	if err := id.Validate(); err != nil {
		return domain.SampleNote{}, err
	}
	found, err := s.store.SampleNote(ctx, by.Tenant, id)
	if err != nil {
		return domain.SampleNote{}, fmt.Errorf("%w: sample note %s", err, id)
	}
	if by.Role != ports.Staff {
		found.ChangedBy = ""
	}
	return found, nil
}
