package observe_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// fake is a store with one journal entry. It runs each decision twice.
type fake struct {
	ports.Store
	fails error
}

func (f fake) Update(ctx context.Context, _ ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return errors.New("the call of the store is outside the span")
	}
	_, _ = decide(ports.Loaded{})
	_, err := decide(ports.Loaded{})
	return errors.Join(err, f.fails)
}

func (f fake) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return errors.Join(read(f), f.fails)
}

func (f fake) Forget(context.Context, domain.TenantID, domain.LearnerID, domain.LearnerID) (ports.Forgotten, error) {
	return ports.Forgotten{Events: 1}, f.fails
}

func (f fake) About(context.Context, domain.TenantID, domain.LearnerID) (ports.PersonalData, error) {
	return ports.PersonalData{Events: make([]ports.Entry, 11)}, f.fails
}

func (f fake) LearnerStandings(context.Context, domain.TenantID, domain.LearnerID, ports.LearnerPage) ([]ports.RankedStanding, error) {
	return make([]ports.RankedStanding, 12), f.fails
}

func (f fake) Expire(context.Context, time.Time) (int, error) { return 2, f.fails }

func (f fake) Purge(context.Context, time.Time) (int, error) { return 7, f.fails }

func (f fake) Republish(context.Context, domain.TenantID, time.Time) (int, error) { return 8, f.fails }

func (f fake) PutDeadLetters(context.Context, domain.TenantID, []ports.DeadLetter) error {
	return f.fails
}

func (f fake) ListDeadLetters(context.Context, domain.TenantID, ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return make([]ports.DeadLetter, 9), f.fails
}

func (f fake) DeleteDeadLetters(context.Context, domain.TenantID, []string) error { return f.fails }

func (f fake) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 10, f.fails
}

func (f fake) Course(context.Context, domain.TenantID, domain.CourseID) (domain.Course, error) {
	return domain.Course{Sequence: 3}, f.fails
}

func (f fake) Courses(context.Context, domain.TenantID, ports.CoursePage) ([]domain.Course, error) {
	return make([]domain.Course, 4), f.fails
}

func (f fake) Standing(context.Context, domain.TenantID, domain.CourseID, domain.LearnerID) (ports.RankedStanding, error) {
	return ports.RankedStanding{Position: 5}, f.fails
}

func (f fake) Standings(context.Context, domain.TenantID, domain.CourseID, ports.StandingPage) ([]ports.RankedStanding, error) {
	return make([]ports.RankedStanding, 6), f.fails
}

func (f fake) Journal(context.Context, domain.TenantID, domain.CourseID, int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		if yield(ports.Entry{ID: "first"}, nil) {
			yield(ports.Entry{}, f.fails)
		}
	}
}

func TestMeasuresTheStore(t *testing.T) {
	t.Parallel()
	for _, fails := range []error{nil, fmt.Errorf("%w: row of %s", ports.ErrUnavailable, secret)} {
		s := newFixture(t)
		store := s.Store(fake{fails: fails}).(interface {
			ports.Store
			ports.MaintenanceStore
			ports.ErasureStore
			ports.DeadLetterStore
		})
		ctx, tenant, id := t.Context(), domain.TenantID("default"), domain.CourseID("go-101")
		need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{
			{ID: id, Learners: []domain.LearnerID{secret, "bob"}}, {ID: "put"},
		}}
		runs := 0
		err := store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) { runs++; return ports.Changes{}, nil })
		wantErr := func(err error) {
			t.Helper()
			if !errors.Is(err, fails) {
				t.Errorf("error is %v, want %v", err, fails)
			}
		}
		wantErr(err)
		wantErr(store.Snapshot(ctx, tenant, func(r ports.Reader) error {
			_, err := r.Course(ctx, tenant, id)
			return err
		}))
		forgotten, err := store.Forget(ctx, tenant, secret, "x")
		wantErr(err)
		about, err := store.About(ctx, tenant, secret)
		wantErr(err)
		learners, err := store.LearnerStandings(ctx, tenant, secret, ports.LearnerPage{})
		wantErr(err)
		expired, err := store.Expire(ctx, time.Time{})
		wantErr(err)
		purge, err := store.Purge(ctx, time.Time{})
		wantErr(err)
		republished, err := store.Republish(ctx, tenant, time.Time{})
		wantErr(err)
		wantErr(store.PutDeadLetters(ctx, tenant, nil))
		letters, err := store.ListDeadLetters(ctx, tenant, ports.DeadLetterPage{})
		wantErr(err)
		wantErr(store.DeleteDeadLetters(ctx, tenant, nil))
		purged, err := store.Purged(ctx, tenant, id)
		wantErr(err)
		course, err := store.Course(ctx, tenant, id)
		wantErr(err)
		courses, err := store.Courses(ctx, tenant, ports.CoursePage{})
		wantErr(err)
		ranked, err := store.Standing(ctx, tenant, id, secret)
		wantErr(err)
		all, err := store.Standings(ctx, tenant, id, ports.StandingPage{})
		wantErr(err)
		if runs != 2 || forgotten.Events != 1 || expired != 2 || course.Sequence != 3 || len(courses) != 4 ||
			ranked.Position != 5 || len(all) != 6 || purge != 7 || republished != 8 || len(letters) != 9 || purged != 10 ||
			len(about.Events) != 11 || len(learners) != 12 {
			t.Error("a result was changed")
		}
		for entry := range store.Journal(ctx, tenant, id, 0) {
			if entry.ID != "first" {
				t.Errorf("entry is %+v", entry)
			}
			break
		}
		for _, err = range store.Journal(ctx, tenant, id, 0) {
		}
		wantErr(err)

		kind, journals := string(ports.KindOf(fails)), "2"
		if fails != nil {
			journals = "1" // the iteration that reached the error
		}
		wanted := map[string]string{
			"roster_transaction_size{}":                                     "1, 3",
			"roster_transaction_retries_total{}":                            "1",
			"roster_store_duration_seconds{call=journal,kind=" + kind + "}": journals,
		}
		for _, call := range []string{"update", "snapshot", "forget", "expire", "course", "courses", "standing", "standings",
			"purge", "republish", "bury", "dead_letters", "settle", "purged", "about", "learner_standings"} {
			wanted["roster_store_duration_seconds{call="+call+",kind="+kind+"}"] = "1"
		}
		s.want(wanted)
		if spans := s.end(); len(spans) != 18 {
			t.Errorf("%d spans, want 18", len(spans))
		}
	}
}
