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
	// PutSampleNote creates or changes a sample note, by [domain.SampleNote.Put], and returns the result. Only staff may call it.
	PutSampleNote(ctx context.Context, command PutSampleNote) (SampleNoteReply, error)
	// SampleNote returns a sample note, or [ErrNotFound]. All roles may call it.
	SampleNote(ctx context.Context, by Actor, id domain.SampleNoteID) (domain.SampleNote, error)
}
