package ports

import (
	"context"

	"example.com/roster/cmd/bare/domain"
)

// A PutSampleNote is the command to put a sample note: [domain.SampleNote.Put].
type PutSampleNote struct {
	By Actor
	ID domain.SampleNoteID
	// TODO: add the fields that are needed to put a sample note.
	Text string
}

// A SampleNoteReply is the reply to [PutSampleNote].
type SampleNoteReply struct {
	domain.SampleNote      // after the command
	Changed           bool // whether the command changed it
}

// A SampleNoteStore stores sample notes.
type SampleNoteStore interface {
	// UpdateSampleNote loads the sample note, calls decide, and saves the result if it has another Version. If the sample note does not
	// exist, decide gets one with its ID and Version 0.
	//
	//  1. From load to save, nothing else may change the sample note.
	//  2. After a conflict UpdateSampleNote must retry: decide may run more than once, and only its last run counts.
	//  3. If decide returns an error, UpdateSampleNote must return it as it is, and save nothing. decide must not use the store.
	//  4. When UpdateSampleNote returns nil, the result must be saved and visible to every later read. A failed commit must be an error.
	//  5. The store's own errors must wrap [ErrUnavailable] (try again) or [ErrInternal].
	UpdateSampleNote(ctx context.Context, tenant domain.TenantID, id domain.SampleNoteID, decide func(domain.SampleNote) (domain.SampleNote, error)) error
	// SampleNote returns a sample note, or [ErrNotFound].
	SampleNote(ctx context.Context, tenant domain.TenantID, id domain.SampleNoteID) (domain.SampleNote, error)
}
