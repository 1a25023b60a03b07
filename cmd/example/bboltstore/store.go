// Package bboltstore is a store in one file of go.etcd.io/bbolt, a B+ tree of keys and values: an example of a store that is in another
// module than roster. It implements ports.Store and no optional port.
//
// bbolt has one writer, and readers that see the last commit. The data of a tenant is in a bucket: replies by key, and a bucket for each
// course, which has its standings by learner, its order and waitlist by sequence, and its journal by sequence.
package bboltstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"go.etcd.io/bbolt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Store = (*Store)(nil)

// A Store is made by [Open], and safe for concurrent use.
type Store struct {
	db       *bbolt.DB
	updating chan bool             // has a value while an Update runs: bbolt's own lock does not end with a context
	commit   func(*bbolt.Tx) error // of bbolt
}

// mapped is how much of the file is mapped into memory from the start. A file that outgrows it is mapped again, for which bbolt waits
// until no reader is left: a reader that waits for an Update would then wait for itself.
const mapped = 1 << 30

// Open opens the store in a file, and makes the file if there is none. No other process may have it open.
func Open(name string) (*Store, error) {
	db, err := bbolt.Open(name, 0o600, &bbolt.Options{Timeout: time.Second, InitialMmapSize: mapped})
	if err != nil {
		return nil, unavailable(err)
	}
	return &Store{db, make(chan bool, 1), (*bbolt.Tx).Commit}, nil
}

// Close closes the file, when the readers have ended.
func (s *Store) Close() error { return s.db.Close() }

// Update implements [ports.Store].
func (s *Store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	select {
	case s.updating <- true:
		defer func() { <-s.updating }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = tx.Rollback() }() // without effect after a commit
	loaded, err := load(tx, need)
	if err != nil {
		return err
	}
	changes, err := decide(loaded)
	if err != nil || isEmpty(changes) {
		return err
	}
	if ctx.Err() != nil {
		return unavailable(ctx.Err())
	}
	if err := save(tx, need.Tenant, changes); err != nil {
		return err
	}
	if err := s.commit(tx); err != nil && !s.has(need.Tenant, changes) {
		return unavailable(err)
	}
	return nil
}

// has reports whether the changes are saved, after a commit of which that is unknown. Their entries and replies are in no other commit.
func (s *Store) has(id domain.TenantID, changes ports.Changes) bool {
	found, err := view(s, func(v reader) (found bool, err error) {
		for _, e := range changes.Journal {
			saved, err := get[ports.Entry](v.at(id, courses, string(e.Course), journal), bySequence(e.Sequence))
			if found = saved.ID == e.ID; err != nil || !found {
				return false, err
			}
		}
		for _, r := range changes.Replies {
			saved, err := get[ports.IdempotencyRecord](v.at(id, replies), byName(r.IdempotencyKey))
			if found = saved.Fingerprint == r.Fingerprint; err != nil || !found {
				return false, err
			}
		}
		return found, nil
	})
	return found && err == nil
}

// Snapshot implements [ports.Store].
func (s *Store) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	_, err := view(s, func(r reader) (any, error) { return nil, read(r) })
	return err
}

// view returns what read returns of the last commit.
func view[T any](s *Store, read func(reader) (T, error)) (found T, err error) {
	tx, err := s.db.Begin(false)
	if err != nil {
		return found, unavailable(err)
	}
	defer func() { _ = tx.Rollback() }() // ends it: it has changed nothing
	return read(reader{tx})
}

// Course implements [ports.Reader].
func (s *Store) Course(ctx context.Context, id domain.TenantID, course domain.CourseID) (domain.Course, error) {
	return view(s, func(r reader) (domain.Course, error) { return r.Course(ctx, id, course) })
}

// Courses implements [ports.Reader].
func (s *Store) Courses(ctx context.Context, id domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	return view(s, func(r reader) ([]domain.Course, error) { return r.Courses(ctx, id, page) })
}

// Standing implements [ports.Reader].
func (s *Store) Standing(ctx context.Context, id domain.TenantID, course domain.CourseID, learner domain.LearnerID) (ports.RankedStanding, error) {
	return view(s, func(r reader) (ports.RankedStanding, error) { return r.Standing(ctx, id, course, learner) })
}

// Standings implements [ports.Reader].
func (s *Store) Standings(ctx context.Context, id domain.TenantID, course domain.CourseID, page ports.StandingPage) ([]ports.RankedStanding, error) {
	return view(s, func(r reader) ([]ports.RankedStanding, error) { return r.Standings(ctx, id, course, page) })
}

// Journal implements [ports.Reader].
func (s *Store) Journal(ctx context.Context, id domain.TenantID, course domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		_, err := view(s, func(r reader) (any, error) {
			r.Journal(ctx, id, course, after)(yield)
			return nil, nil
		})
		if err != nil {
			yield(ports.Entry{}, err)
		}
	}
}

// Purged implements [ports.Reader]: nothing is purged.
func (s *Store) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 0, nil
}

func unavailable(err error) error { return fmt.Errorf("bboltstore: %w: %w", ports.ErrUnavailable, err) }
func internal(err error) error    { return fmt.Errorf("bboltstore: %w: %w", ports.ErrInternal, err) }
