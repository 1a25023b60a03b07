package observe

import (
	"context"
	"iter"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Store returns s, observed: a span and a duration for each call, the size of each transaction and how often it is retried.
// If s implements all optional ports of a store, so does the result; else it implements none of them.
func (t *Telemetry) Store(s ports.Store) ports.Store {
	if all, ok := s.(optional); ok {
		return wholeStore{store{s, t}, all}
	}
	return store{s, t}
}

type store struct {
	next ports.Store
	*Telemetry
}

// optional is what a store may implement besides [ports.Store].
type optional interface {
	ports.MaintenanceStore
	ports.ErasureStore
	ports.DeadLetterStore
}

type wholeStore struct {
	store
	optional optional
}

func (s store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) (err error) {
	size := sizeOf(need)
	ctx, end := s.watch(ctx, s.store, "store", "update",
		attribute.Int("roster.courses", len(need.Courses)), attribute.Int("roster.size", size))
	runs := int64(0)
	defer func() {
		end(err)
		s.sizes.Record(ctx, int64(size))
		if runs > 1 {
			s.again.Add(ctx, runs-1)
		}
	}()
	return s.next.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		runs++
		if more := l.More; more != nil {
			l.More = func(larger ports.Need) (ports.Loaded, error) {
				size = sizeOf(larger)
				return more(larger)
			}
		}
		return decide(l)
	})
}

func sizeOf(need ports.Need) int {
	size := 0
	for _, c := range need.Courses {
		size += max(1, len(c.Learners))
	}
	return size
}

func (s store) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) (err error) {
	ctx, end := s.watch(ctx, s.store, "store", "snapshot")
	defer func() { end(err) }()
	return s.next.Snapshot(ctx, tenant, read)
}

func (s wholeStore) Forget(
	ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID,
) (forgotten ports.Forgotten, err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "forget")
	defer func() { end(err) }()
	return s.optional.Forget(ctx, tenant, learner, pseudonym)
}

func (s wholeStore) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "expire")
	defer func() { end(err) }()
	return s.optional.Expire(ctx, before)
}

func (s store) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (found domain.Course, err error) {
	ctx, end := s.watch(ctx, s.store, "store", "course")
	defer func() { end(err) }()
	return s.next.Course(ctx, tenant, id)
}

func (s store) Courses(ctx context.Context, tenant domain.TenantID, page ports.CoursePage) (found []domain.Course, err error) {
	ctx, end := s.watch(ctx, s.store, "store", "courses")
	defer func() { end(err) }()
	return s.next.Courses(ctx, tenant, page)
}

func (s store) Standing(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID,
) (found ports.RankedStanding, err error) {
	ctx, end := s.watch(ctx, s.store, "store", "standing")
	defer func() { end(err) }()
	return s.next.Standing(ctx, tenant, course, learner)
}

func (s store) Standings(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, page ports.StandingPage,
) (found []ports.RankedStanding, err error) {
	ctx, end := s.watch(ctx, s.store, "store", "standings")
	defer func() { end(err) }()
	return s.next.Standings(ctx, tenant, course, page)
}

// Journal is over when its last entry was taken, or its taker went.
func (s store) Journal(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64,
) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		ctx, end := s.watch(ctx, s.store, "store", "journal")
		var failed error
		defer func() { end(failed) }()
		for entry, err := range s.next.Journal(ctx, tenant, course, after) {
			failed = err
			if !yield(entry, err) {
				return
			}
		}
	}
}

func (s store) Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (sequence int64, err error) {
	ctx, end := s.watch(ctx, s.store, "store", "purged")
	defer func() { end(err) }()
	return s.next.Purged(ctx, tenant, course)
}

func (s wholeStore) Purge(ctx context.Context, before time.Time) (removed int, err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "purge")
	defer func() { end(err) }()
	return s.optional.Purge(ctx, before)
}

func (s wholeStore) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (entries int, err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "republish")
	defer func() { end(err) }()
	return s.optional.Republish(ctx, tenant, since)
}

func (s wholeStore) PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []ports.DeadLetter) (err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "bury")
	defer func() { end(err) }()
	return s.optional.PutDeadLetters(ctx, tenant, letters)
}

func (s wholeStore) ListDeadLetters(ctx context.Context, tenant domain.TenantID, page ports.DeadLetterPage) (found []ports.DeadLetter, err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "dead_letters")
	defer func() { end(err) }()
	return s.optional.ListDeadLetters(ctx, tenant, page)
}

func (s wholeStore) DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) (err error) {
	ctx, end := s.watch(ctx, s.Telemetry.store, "store", "settle")
	defer func() { end(err) }()
	return s.optional.DeleteDeadLetters(ctx, tenant, ids)
}
