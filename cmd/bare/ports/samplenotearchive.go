package ports

import "example.com/roster/cmd/bare/domain"

// ArchiveSampleNote is the command to archive a sample note: [domain.SampleNote.Archive].
type ArchiveSampleNote struct {
	By Actor
	// keys: Key string // optional, as in [Command]
	ID domain.SampleNoteID
	// TODO: add the fields that are needed to archive a sample note.
}
