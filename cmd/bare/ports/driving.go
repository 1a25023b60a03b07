package ports

import (
	"context"

	"example.com/roster/cmd/bare/domain"
)

// Service is everything that the core offers. An entry point should depend on the smaller ports that it calls.
type Service interface {
	SampleNotes
}

// SampleNotes creates, changes and returns sample notes.
type SampleNotes interface {
	// ReviseSampleNote creates or changes a sample note, by [domain.SampleNote.Revise], and returns the result. Only staff may call it.
	ReviseSampleNote(ctx context.Context, command ReviseSampleNote) (SampleNoteReply, error)
	// SampleNote returns a sample note, or [ErrNotFound]. All roles may call it.
	SampleNote(ctx context.Context, by Actor, id domain.SampleNoteID) (domain.SampleNote, error)
	// ArchiveSampleNote changes a sample note by [domain.SampleNote.Archive], and returns the result, or [ErrNotFound]. Only staff may call it.
	ArchiveSampleNote(ctx context.Context, command ArchiveSampleNote) (SampleNoteReply, error)
}
