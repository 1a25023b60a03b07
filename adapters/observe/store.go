package observe

import (
	"context"
	"iter"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Store returns s, instrumented: a span and a duration for each call, and the sizes and retries of transactions. If s
// implements all optional ports of a store, so does the result; else it implements none of them.
func (t *Telemetry) Store(s ports.Store) ports.Store {
	instrumented := store{s, port{t, "store", t.store}}
	if all, ok := s.(optional); ok {
		return wholeStore{instrumented, all}
	}
	return instrumented
}

type store struct {
	next ports.Store
	port
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

// Update's span is that of a batch. It has links to the commands that changed something.
func (s store) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) (err error) {
	var last struct { // run of decide
		run, size int
		journal   []ports.Entry
	}
	last.size = sizeOf(need)
	attributes := []attribute.KeyValue{attribute.Int("roster.courses", len(need.Courses)), attribute.Int("roster.size", last.size)}
	parent := trace.SpanContextFromContext(ctx)
	ctx, c := s.instrument(ctx, "update", attributes...)
	defer func() {
		if causes := causesOf(s.Telemetry, last.journal, traceOfEntry); c.span.IsRecording() {
			c.link(parent, causes)
		} else if len(causes) > 0 { // the batch's first command is not sampled, another is
			c.start(ctx, causes, attributes, trace.WithTimestamp(c.begin))
		}
		c.end(err)
		s.sizes.WithLabelValues().Observe(float64(last.size))
		if last.run > 1 {
			s.retries.WithLabelValues().Add(float64(last.run - 1))
		}
	}()
	return s.next.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		last.run++
		if more := l.More; more != nil {
			l.More = func(larger ports.Need) (ports.Loaded, error) {
				last.size = sizeOf(larger)
				return more(larger)
			}
		}
		changes, err := decide(l)
		last.journal = changes.Journal
		return changes, err
	})
}

func sizeOf(need ports.Need) int {
	size := 0
	for _, c := range need.Courses {
		size += max(1, len(c.Learners))
	}
	return size
}

func (s store) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return run2(ctx, s.port, "snapshot", s.next.Snapshot, tenant, read)
}

// Methods of [ports.Reader].

func (s store) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	return call2(ctx, s.port, "course", s.next.Course, tenant, id)
}

func (s store) Courses(ctx context.Context, tenant domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	return call2(ctx, s.port, "courses", s.next.Courses, tenant, page)
}

func (s store) Standing(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID,
) (ports.RankedStanding, error) {
	return call3(ctx, s.port, "standing", s.next.Standing, tenant, course, learner)
}

func (s store) Standings(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, page ports.StandingPage,
) ([]ports.RankedStanding, error) {
	return call3(ctx, s.port, "standings", s.next.Standings, tenant, course, page)
}

// Journal's span ends when the iteration does.
func (s store) Journal(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64,
) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		ctx, c := s.instrument(ctx, "journal")
		var failed error
		defer func() { c.end(failed) }()
		for entry, err := range s.next.Journal(ctx, tenant, course, after) {
			failed = err
			if !yield(entry, err) {
				return
			}
		}
	}
}

func (s store) Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (int64, error) {
	return call2(ctx, s.port, "purged", s.next.Purged, tenant, course)
}

// Methods for maintenance.

func (s wholeStore) Expire(ctx context.Context, before time.Time) (int, error) {
	return call1(ctx, s.port, "expire", s.optional.Expire, before)
}

func (s wholeStore) Purge(ctx context.Context, before time.Time) (int, error) {
	return call1(ctx, s.port, "purge", s.optional.Purge, before)
}

func (s wholeStore) Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (int, error) {
	return call2(ctx, s.port, "republish", s.optional.Republish, tenant, since)
}

// Method for erasure.

func (s wholeStore) Forget(
	ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID,
) (ports.Forgotten, error) {
	return call3(ctx, s.port, "forget", s.optional.Forget, tenant, learner, pseudonym)
}

func (s wholeStore) About(ctx context.Context, tenant domain.TenantID, learner domain.LearnerID) (ports.PersonalData, error) {
	return call2(ctx, s.port, "about", s.optional.About, tenant, learner)
}

func (s wholeStore) LearnerStandings(
	ctx context.Context, tenant domain.TenantID, learner domain.LearnerID, page ports.LearnerPage,
) ([]ports.RankedStanding, error) {
	return call3(ctx, s.port, "learner_standings", s.optional.LearnerStandings, tenant, learner, page)
}

// Methods for dead letters.

func (s wholeStore) PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []ports.DeadLetter) error {
	return run2(ctx, s.port, "bury", s.optional.PutDeadLetters, tenant, letters)
}

func (s wholeStore) ListDeadLetters(ctx context.Context, tenant domain.TenantID, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return call2(ctx, s.port, "dead_letters", s.optional.ListDeadLetters, tenant, page)
}

func (s wholeStore) DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) error {
	return run2(ctx, s.port, "settle", s.optional.DeleteDeadLetters, tenant, ids)
}
