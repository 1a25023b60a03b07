package ports

import (
	"context"

	"example.com/roster/cmd/bare/domain"
)

// ReviseSampleNote is the command to revise a sample note: [domain.SampleNote.Revise].
type ReviseSampleNote struct {
	By Actor
	// keys: Key string // optional, as in [Command]
	ID domain.SampleNoteID
	// TODO: add the fields that are needed to revise a sample note.
	Text string
}

// A SampleNoteReply is the reply to a command about a sample note.
type SampleNoteReply struct {
	domain.SampleNote // after the command, without ChangedBy: no reply names a person
	// keys: Replayed bool // the reply is that of an earlier command under the same key
}

// A SampleNoteNeed names what an update has to know.
type SampleNoteNeed struct {
	Tenant domain.TenantID
	ID     domain.SampleNoteID
	// keys: Key    IdempotencyKey // the key of the command; without a Name, it has none
}

// A SampleNoteChange is what an update loads, and what it saves.
type SampleNoteChange struct {
	domain.SampleNote
	// keys: Reply IdempotencyRecord // under the key; one that does not exist has an empty Fingerprint
}

// A SampleNoteStore stores sample notes.
type SampleNoteStore interface {
	// UpdateSampleNote loads what need names, calls decide, and saves the sample note if it has another Version.
	// keys: // It also saves the reply if that has another Fingerprint.
	// If the sample note does not exist, decide gets one with its ID and Version 0.
	//
	//  1. From load to save, nothing else may change what was loaded.
	//  2. After a conflict UpdateSampleNote must retry: decide may run more than once, and only its last run counts.
	//  3. If decide returns an error, UpdateSampleNote must return it as it is, and save nothing. decide must not use the store.
	//  4. When UpdateSampleNote returns nil, the result must be saved and visible to every later read. A failed commit must be an error.
	//  5. The store's own errors must wrap [ErrUnavailable] (try again) or [ErrInternal].
	UpdateSampleNote(ctx context.Context, need SampleNoteNeed, decide func(SampleNoteChange) (SampleNoteChange, error)) error
	// SampleNote returns a sample note, or [ErrNotFound].
	SampleNote(ctx context.Context, tenant domain.TenantID, id domain.SampleNoteID) (domain.SampleNote, error)
}
