// Package memstore is a [ports.Store] in memory, for tests, teaching and trying out. It keeps the whole contract, and has nothing
// to start or to clean up. Its data is lost with it.
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
	updating chan struct{} // held by the Update or Forget that runs
	mu       sync.RWMutex  // guards tenants; not held during decide, so reads don't wait for an Update
	tenants  map[domain.TenantID]tenant
	commit   func() error

	records       []record // that are unpublished, in order of id; guarded by mu, as all of the outbox
	lastRecord    int64    // the id of the last one that was added
	lastPublished ports.EventRef

	committed chan struct{} // has a value if something was committed since the last Await
	locks     map[string]chan struct{}
}

// New returns an empty store.
func New(options ...Option) *Store {
	s := &Store{
		updating:  make(chan struct{}, 1),
		tenants:   make(map[domain.TenantID]tenant),
		commit:    func() error { return nil },
		committed: make(chan struct{}, 1),
		locks:     make(map[string]chan struct{}),
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// An Option changes how a [Store] works.
type Option func(*Store)

// WithCommit makes the store call commit before it saves. If commit returns an error, nothing is saved and the store returns the
// error. It is for tests of failed commits.
func WithCommit(commit func() error) Option { return func(s *Store) { s.commit = commit } }

// Update implements [ports.Store]. One update runs at a time, so decide runs once.
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return withLock(ctx, s.updating, func() error {
		changes, err := decide(s.load(need))
		if err != nil {
			return err
		}
		return s.save(ctx, need.Tenant, changes)
	})
}

func unavailable(ctx context.Context) error {
	return fmt.Errorf("memstore: %w: %w", ports.ErrUnavailable, context.Cause(ctx))
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
		loaded.Rosters[i] = t.course(n.ID).roster(n)
	}
	for i, key := range need.Keys {
		loaded.Replies[i] = cloneRecord(t.replies[key])
	}
	return loaded
}

func (s *Store) save(ctx context.Context, id domain.TenantID, changes ports.Changes) error {
	return s.change(ctx, id, func(t tenant) {
		t.save(changes)
		s.addRecord(false, spansOf(id, changes.Journal))
	})
}

// change commits a change of the tenant.
func (s *Store) change(ctx context.Context, id domain.TenantID, act func(tenant)) error {
	return s.commitChange(ctx, func() {
		t, ok := s.tenants[id]
		if !ok {
			t = newTenant()
			s.tenants[id] = t
		}
		act(t)
	})
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

// Snapshot implements [ports.Store] with a copy of the tenant.
func (s *Store) Snapshot(_ context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	s.mu.RLock()
	snapshot := New()
	snapshot.tenants[tenant] = s.tenants[tenant].clone()
	s.mu.RUnlock()
	return read(snapshot)
}
