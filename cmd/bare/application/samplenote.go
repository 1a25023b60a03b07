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
	return s.changeSampleNote(ctx, need,
		func(before domain.SampleNote, at time.Time) (domain.SampleNote, error) {
			return before.Revise(command.Text, command.By.Subject, at)
		})
}

// changeSampleNote decides on the sample note that is stored, and saves the result.
func (s *Service) changeSampleNote(
	ctx context.Context, need ports.SampleNoteNeed,
	decide func(before domain.SampleNote, at time.Time) (domain.SampleNote, error),
) (reply ports.SampleNoteReply, err error) {
	if err := need.ID.Validate(); err != nil {
		return reply, err
	}
	err = s.store.UpdateSampleNote(ctx, need, func(c ports.SampleNoteChange) (ports.SampleNoteChange, error) {
		reply = ports.SampleNoteReply{}
		at := s.clock.Now().UTC().Truncate(time.Microsecond)
		after, err := decide(c.SampleNote, at)
		if err == nil {
			c.SampleNote, reply.SampleNote = after, after
			reply.ChangedBy = ""
		}
		return c, err
	})
	if err != nil {
		return ports.SampleNoteReply{}, err
	}
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
