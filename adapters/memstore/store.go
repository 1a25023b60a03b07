// Package memstore is a [ports.Store] in memory: the real thing for tests, teaching and trying out, with nothing to start
// or to clean up. What it holds is gone with it.
package memstore

import (
	"context"
	"fmt"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var (
	_ ports.Store            = (*Store)(nil)
	_ ports.MaintenanceStore = (*Store)(nil)
	_ ports.ErasureStore     = (*Store)(nil)
	_ ports.DeadLetterStore  = (*Store)(nil)
	_ ports.Outbox           = (*Store)(nil)
	_ ports.Locker           = (*Store)(nil)
)

// A Store is made by [New] and safe for concurrent use.
type Store struct {
	turn    chan struct{} // held by the one Update that runs
	mu      sync.RWMutex  // guards tenants: held to load and to save, never while deciding, so reads don't wait for an Update
	tenants map[domain.TenantID]tenant
	commit  func() error

	committed chan struct{} // full when something was committed since the last Await
	turns     map[string]chan struct{}
}

// New returns an empty store.
func New(options ...Option) *Store {
	s := &Store{
		turn:      make(chan struct{}, 1),
		tenants:   make(map[domain.TenantID]tenant),
		commit:    func() error { return nil },
		committed: make(chan struct{}, 1),
		turns:     make(map[string]chan struct{}),
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// An Option changes how a [Store] works.
type Option func(*Store)

// WithCommit has commit called in place of a disk: where it returns an error, nothing is saved and Update returns that
// error. It is for tests of what happens when a commit fails.
func WithCommit(commit func() error) Option { return func(s *Store) { s.commit = commit } }

// Update implements [ports.Store]. Updates take turns, so decide runs once.
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return gone(ctx)
	}
	changes, err := decide(s.load(need))
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return gone(ctx)
	}
	return s.save(need.Tenant, changes)
}

func gone(ctx context.Context) error {
	return fmt.Errorf("memstore: %w: %w", ports.ErrUnavailable, context.Cause(ctx))
}

func failed(commit error) error {
	return fmt.Errorf("memstore: commit: %w: %w", ports.ErrUnavailable, commit)
}

func (s *Store) load(need ports.Need) ports.Loaded {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tenants[need.Tenant]
	loaded := ports.Loaded{
		Rosters: make([]*domain.Roster, len(need.Courses)),
		Replies: make([]ports.IdempotencyRecord, len(need.Keys)),
	}
	for i, n := range need.Courses {
		loaded.Rosters[i] = t.courses[n.ID].roster(n)
	}
	for i, key := range need.Keys {
		loaded.Replies[i] = keep(t.replies[key])
	}
	return loaded
}

func (s *Store) save(id domain.TenantID, changes ports.Changes) error {
	if len(changes.Journal) > 0 {
		defer s.wake()
	}
	return s.change(id, func(t tenant) { t.save(changes) })
}

// change commits what act does to the tenant.
func (s *Store) change(id domain.TenantID, act func(tenant)) error {
	return s.committing(func() {
		t, ok := s.tenants[id]
		if !ok {
			t = newTenant()
			s.tenants[id] = t
		}
		act(t)
	})
}

// committing has act change what is kept, unless the commit fails.
func (s *Store) committing(act func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commit(); err != nil {
		return failed(err)
	}
	act()
	return nil
}

// Snapshot implements [ports.Store] with a copy of the tenant.
func (s *Store) Snapshot(_ context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	s.mu.RLock()
	then := New()
	then.tenants[tenant] = s.tenants[tenant].clone()
	s.mu.RUnlock()
	return read(then)
}
