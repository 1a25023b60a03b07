// Package memstore is a [ports.Store] in memory, for tests, teaching and trying out. It keeps the whole contract, and has nothing
// to start or to clean up. Its data is lost with it.
package memstore

import (
	"context"
	"fmt"
	"sync"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var _ ports.Store = (*Store)(nil)

// A Store is safe for concurrent use. Make one with [New].
type Store struct {
	updating chan struct{} // held by the update that runs
	mu       sync.RWMutex  // not held during decide, so reads don't wait for an update
	commit   func() error

	sampleNotes map[sampleNoteKey]domain.SampleNote
}

// New returns an empty store.
func New(options ...Option) *Store {
	s := &Store{updating: make(chan struct{}, 1), commit: func() error { return nil }}
	for _, o := range options {
		o(s)
	}
	return s
}

// An Option changes a default of a [Store].
type Option func(*Store)

// WithCommit makes the store call commit before it saves. If commit returns an error, nothing is saved and the store returns the
// error. It is for tests of failed commits.
func WithCommit(commit func() error) Option { return func(s *Store) { s.commit = commit } }

func unavailable(ctx context.Context) error {
	return fmt.Errorf("memstore: %w: %w", ports.ErrUnavailable, context.Cause(ctx))
}

// commitChange calls act to change the data, unless ctx has ended or the commit fails.
func (s *Store) commitChange(ctx context.Context, act func()) error {
	if ctx.Err() != nil {
		return unavailable(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commit(); err != nil {
		return fmt.Errorf("memstore: commit: %w: %w", ports.ErrUnavailable, err)
	}
	act()
	return nil
}
