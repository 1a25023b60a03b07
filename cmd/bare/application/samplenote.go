package application

import (
	"context"
	"fmt"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// PutSampleNote implements [ports.SampleNotes].
func (s *Service) PutSampleNote(ctx context.Context, command ports.PutSampleNote) (ports.SampleNoteReply, error) {
	// TODO: decide who may change a sample note.
	if err := knownStaff(command.By); err != nil {
		return ports.SampleNoteReply{}, err
	}
	if err := command.ID.Validate(); err != nil {
		return ports.SampleNoteReply{}, err
	}
	at := s.clock.Now().UTC().Truncate(time.Microsecond)
	var reply ports.SampleNoteReply
	err := s.store.UpdateSampleNote(ctx, command.By.Tenant, command.ID, func(before domain.SampleNote) (domain.SampleNote, error) {
		after, err := before.Put(command.Text, at)
		reply = ports.SampleNoteReply{SampleNote: after, Changed: after.Version != before.Version}
		return after, err
	})
	if err != nil {
		return ports.SampleNoteReply{}, err
	}
	return reply, nil
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
	return found, nil
}
