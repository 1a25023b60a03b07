// Package cache is a [ports.Store] that caches the courses of another store for a short time.
package cache

import (
	"cmp"
	"context"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Store = (*Store)(nil)

// A Store caches what Course returns. Everything else goes straight to the other store.
//
// A process reads its own writes: a course is not cached while an Update that names it runs, and is read afresh when that has
// returned. Writes of other processes are seen after [Options.Fresh] at the latest, counted from the start of the read. If the other
// store reads a replica, both are seen as much later as that is behind. Errors are not cached. Authorization comes before the store,
// so a cached course is returned to no actor who may not see it.
type Store struct {
	ports.Store
	options Options

	mu           sync.Mutex
	entries      map[ports.CourseRef]*entry
	writing      map[ports.CourseRef]int // running updates that name the course
	hits, misses uint64
}

// Options bound a [Store]. A zero value stands for the default: a second, 10,000 courses, the system's clock.
type Options struct {
	Fresh   time.Duration
	Courses int              // how many are cached; one more evicts another one
	Now     func() time.Time // the clock
}

// An entry is a course as one read returned it. It is reserved before the read and deleted by any write, so a read that a
// write has overtaken never publishes a stale value.
type entry struct {
	until  time.Time
	course domain.Course // does not exist while the read runs
}

// New returns store behind a cache.
func New(store ports.Store, o Options) *Store {
	o.Fresh, o.Courses = cmp.Or(o.Fresh, time.Second), cmp.Or(o.Courses, 10_000)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{Store: store, options: o, entries: make(map[ports.CourseRef]*entry), writing: make(map[ports.CourseRef]int)}
}

// Whole returns the store with the optional ports of the store behind it, if that implements all of them.
func (s *Store) Whole() ports.Store {
	if all, ok := s.Store.(optional); ok {
		return whole{s, all}
	}
	return s
}

// optional is what a store may implement besides [ports.Store].
type optional interface {
	ports.MaintenanceStore
	ports.ErasureStore
	ports.DeadLetterStore
}

type whole struct {
	*Store
	optional
}

// Stats returns how many times Course was answered from the cache, and how many times from the other store.
func (s *Store) Stats() (hits, misses uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits, s.misses
}

// Course implements [ports.Reader].
func (s *Store) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	at := ports.CourseRef{Tenant: tenant, Course: id}
	course, reserved := s.lookup(at)
	if course.Exists() {
		return course, nil
	}
	course, err := s.Store.Course(ctx, tenant, id)
	s.keep(at, reserved, course)
	return course, err
}

// lookup returns the cached course, or an entry that is reserved for the caller's read. It returns neither while another
// read has reserved the entry, or a write runs.
func (s *Store) lookup(at ports.CourseRef) (domain.Course, *entry) {
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	cached := s.entries[at]
	fresh := cached != nil && now.Before(cached.until)
	if fresh && cached.course.Exists() {
		s.hits++
		return cached.course, nil
	}
	s.misses++
	if fresh || s.writing[at] > 0 {
		return domain.Course{}, nil
	}
	if cached == nil && len(s.entries) >= s.options.Courses {
		s.evict()
	}
	reserved := &entry{until: now.Add(s.options.Fresh)}
	s.entries[at] = reserved
	return domain.Course{}, reserved
}

// evict deletes an arbitrary entry.
func (s *Store) evict() {
	for at := range s.entries {
		delete(s.entries, at)
		return
	}
}

// keep fills a reserved entry with what was read. If the entry was deleted meanwhile, no later lookup finds it. If there is
// no course, the next read may reserve the entry.
func (s *Store) keep(at ports.CourseRef, reserved *entry, read domain.Course) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case reserved == nil:
	case read.Exists():
		reserved.course = read
	default:
		delete(s.entries, at)
	}
}

// Update implements [ports.Store].
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	s.count(need, 1)
	defer s.count(need, -1)
	return s.Store.Update(ctx, need, decide)
}

// count adds to the running updates of the courses, and deletes what is cached of them.
func (s *Store) count(need ports.Need, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range need.Courses {
		at := ports.CourseRef{Tenant: need.Tenant, Course: c.ID}
		delete(s.entries, at)
		if s.writing[at] += by; s.writing[at] == 0 {
			delete(s.writing, at)
		}
	}
}
