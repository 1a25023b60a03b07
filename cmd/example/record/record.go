// Package record shows a simple record: a note that has a version instead of locks. It is the second of the two patterns of
// persistence in docs/contributing.md, in one file; the scaffold generates the same, one layer in each package.
//
// # Terms
//
//   - The version counts the changes of a note: 1, 2, 3 … A note that does not exist has version 0.
//   - An attempt loads the note, decides in memory, and saves the result if the stored version is still the loaded one.
//   - A conflict is an attempt whose save found another version. It saves nothing.
//
// # Failure
//
// After a conflict [Store.Update] retries with the note as it is now, so decide may run several times. Nothing waits for a lock.
// If decide returns an error, nothing is saved. With many callers on one note most attempts are conflicts: then use the
// pattern of a course, which has a queue, locks and batches.
package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// A Note is a text with a version.
type Note struct {
	ID      string
	Text    string
	Version int64
}

// ErrInvalid is the error of a rule.
var ErrInvalid = errors.New("text must not be empty")

// Write returns the note with the text, or [ErrInvalid]. If nothing changes, the version stays.
func (n Note) Write(text string) (Note, error) {
	switch text {
	case "":
		return n, ErrInvalid
	case n.Text:
		return n, nil
	}
	return Note{n.ID, text, n.Version + 1}, nil
}

// A Store keeps notes in a SQL database.
type Store struct{ db *sql.DB }

// Open returns a store on a database, and creates its table if it is missing.
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	_, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, text TEXT NOT NULL, version INTEGER NOT NULL)`)
	return &Store{db}, err
}

// Note returns a note, with version 0 if it does not exist.
func (s *Store) Note(ctx context.Context, id string) (Note, error) {
	n := Note{ID: id}
	err := s.db.QueryRowContext(ctx, `SELECT text, version FROM notes WHERE id = ?`, id).Scan(&n.Text, &n.Version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return n, fmt.Errorf("read note %s: %w", id, err)
	}
	return n, nil
}

// Update loads a note, calls decide, and saves the result if its version is another one. It retries after a conflict, until ctx
// ends. It returns the error of decide as it is.
func (s *Store) Update(ctx context.Context, id string, decide func(Note) (Note, error)) error {
	for {
		before, err := s.Note(ctx, id)
		if err != nil {
			return err
		}
		after, err := decide(before)
		if err != nil || after.Version == before.Version {
			return err
		}
		if saved, err := s.save(ctx, after, before.Version); saved || err != nil {
			return err
		}
	}
}

// save writes the note if the stored one has this version, and reports whether it did.
func (s *Store) save(ctx context.Context, n Note, version int64) (bool, error) {
	result, err := s.db.ExecContext(ctx, `
		INSERT INTO notes (id, text, version) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET text = excluded.text, version = excluded.version WHERE notes.version = ?`,
		n.ID, n.Text, n.Version, version)
	if err != nil {
		return false, fmt.Errorf("save note %s: %w", n.ID, err)
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}
