package cli

import (
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// SampleNoteArchive is `roster sample-note archive ID`.
type SampleNoteArchive struct {
	// keys: keyFlag
	// TODO: add flags, and a method Flags that registers them.
}

// Run archives the sample note, and prints it.
func (c SampleNoteArchive) Run(s *Session, args []string) error {
	command := ports.ArchiveSampleNote{By: s.By, ID: domain.SampleNoteID(args[0])}
	// keys: command.Key = c.Key
	reply, err := s.Service.ArchiveSampleNote(s.Context, command)
	if err != nil {
		return err
	}
	return s.Print(newSampleNoteJSON(reply.SampleNote), describeSampleNote(reply.SampleNote)...)
}
