package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// SampleNoteCommands returns the commands about sample notes.
func SampleNoteCommands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("revise ID TEXT", "Revise a sample note; create it if it does not exist.\n\nWrite -- before a text that begins with a dash.", open, new(SampleNoteRevise)),
		Command("show ID", "Show one sample note.", open, new(SampleNoteShow)),
		Command("archive ID", "Archive one sample note.", open, new(SampleNoteArchive)),
	}
}

// SampleNoteRevise is `roster sample-note revise ID TEXT`.
type SampleNoteRevise struct {
	// keys: keyFlag
	// TODO: add flags, and a method Flags that registers them.
}

// Run creates or changes the sample note, and prints it.
func (c SampleNoteRevise) Run(s *Session, args []string) error {
	command := ports.ReviseSampleNote{By: s.By, ID: domain.SampleNoteID(args[0]), Text: args[1]}
	// keys: command.Key = c.Key
	reply, err := s.Service.ReviseSampleNote(s.Context, command)
	if err != nil {
		return err
	}
	return s.Print(newSampleNoteJSON(reply.SampleNote), describeSampleNote(reply.SampleNote)...)
}

// SampleNoteShow is `roster sample-note show ID`.
type SampleNoteShow struct{}

// Run prints the sample note.
func (SampleNoteShow) Run(s *Session, args []string) error {
	found, err := s.Service.SampleNote(s.Context, s.By, domain.SampleNoteID(args[0]))
	if err != nil {
		return err
	}
	return s.Print(newSampleNoteJSON(found), describeSampleNote(found)...)
}

// sampleNoteJSON is the JSON view of a sample note.
type sampleNoteJSON struct {
	ID domain.SampleNoteID `json:"sampleNoteId"`
	// TODO: add the same fields as in the specification of the HTTP API.
	Text      string    `json:"text"`
	Version   int64     `json:"version"`
	Since     time.Time `json:"since"`
	ChangedBy string    `json:"changedBy,omitempty"`
}

func newSampleNoteJSON(v domain.SampleNote) sampleNoteJSON {
	return sampleNoteJSON{ID: v.ID, Text: v.Text, Version: v.Version, Since: v.Since.UTC(), ChangedBy: v.ChangedBy}
}

// describeSampleNote returns a sample note as lines of text.
func describeSampleNote(v domain.SampleNote) []string {
	return []string{fmt.Sprintf("%s  %s", v.ID, v.Text), fmt.Sprintf("  version %d", v.Version)}
}
