package application

import (
	"context"
	"fmt"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// ArchiveSampleNote implements [ports.SampleNotes].
func (s *Service) ArchiveSampleNote(ctx context.Context, command ports.ArchiveSampleNote) (ports.SampleNoteReply, error) {
	// TODO: decide who may archive a sample note.
	if err := knownStaff(command.By); err != nil {
		return ports.SampleNoteReply{}, err
	}
	need := ports.SampleNoteNeed{Tenant: command.By.Tenant, ID: command.ID}
	// keys: need.Key = ports.IdempotencyKey{Subject: command.By.Subject, Name: command.Key}
	return s.changeSampleNote(ctx, need,
		// keys: askedFor("archive sample note", string(command.ID)),
		func(before domain.SampleNote, at time.Time) (domain.SampleNote, error) {
			if !before.Exists() {
				return before, fmt.Errorf("%w: sample note %s", ports.ErrNotFound, command.ID)
			}
			return before.Archive(command.By.Subject, at)
		})
}
