package application_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// After any changes, publications and purges, the journal agrees with what is stored, as the kit checks. If the store reports a larger purge than
// there was, VerifyJournal finds that something is missing.
func TestVerifyAfterPurges(t *testing.T) {
	t.Parallel()
	purges := 0
	rapid.Check(t, func(t *rapid.T) {
		store := memstore.New()
		s := servicetest.NewOn(t, store, application.WithRetention(20*time.Second))
		ctx := t.Context()
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			s.Clock.Advance(time.Second)
			learner := domain.LearnerID(fmt.Sprint("l-", rapid.IntRange(0, 6).Draw(t, "learner")))
			switch rapid.IntRange(0, 9).Draw(t, "do") {
			case 0, 1, 2, 3:
				_, _ = s.Enroll(ctx, staff, course, learner)
			case 4, 5:
				_, _ = s.Withdraw(ctx, staff, course, learner)
			case 6, 7:
				settings := domain.Settings{Title: new("Go"), Capacity: new(rapid.IntRange(0, 4).Draw(t, "capacity")),
					Open: new(rapid.IntRange(0, 4).Draw(t, "open") > 0)}
				if _, err := s.PutCourse(ctx, staff, course, settings); err != nil {
					t.Fatal(err)
				}
			case 8:
				messages, err := store.Unpublished(ctx, rapid.IntRange(1, 30).Draw(t, "published"))
				if err == nil {
					err = store.MarkPublished(ctx, messages)
				}
				if err != nil {
					t.Fatal(err)
				}
			case 9:
				n, err := s.Purge(ctx)
				if err != nil {
					t.Fatal(err)
				}
				purges += min(n, 1)
			}
		}
	})
	if purges == 0 {
		t.Error("no entry was ever purged")
	}
}

// overPurged has lost the first event of its journal, and reports it as purged.
type overPurged struct{ ports.Store }

func (o overPurged) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return o.Store.Snapshot(ctx, tenant, func(r ports.Reader) error { return read(overPurgedReader{r}) })
}

type overPurgedReader struct{ ports.Reader }

func (o overPurgedReader) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) {
	return 3, nil
}

func (o overPurgedReader) Journal(ctx context.Context, tenant domain.TenantID, id domain.CourseID, _ int64) iter.Seq2[ports.Entry, error] {
	return o.Reader.Journal(ctx, tenant, id, 2)
}

func TestVerifyFindsALostEntry(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	servicetest.NewOn(t, store).Given("put capacity=5; enroll ada; enroll bob")
	report, err := application.New(overPurged{store}).VerifyJournal(t.Context(), staff, course)
	if err != nil || len(report.Differences) == 0 {
		t.Errorf("check of a course whose terms are lost: %+v, %v", report, err)
	}
}

func TestPurgeWithoutARetention(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	s := servicetest.NewOn(t, store)
	s.Given("put capacity=1; enroll ada; withdraw ada")
	messages, err := store.Unpublished(t.Context(), 10)
	if err != nil || store.MarkPublished(t.Context(), messages) != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(100 * 365 * 24 * time.Hour)
	if n, err := s.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
}

// Dead letters and republication are for staff.
func TestDeadLettersAndRepublishAreForStaff(t *testing.T) {
	t.Parallel()
	s := application.New(memstore.New())
	ctx := t.Context()
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner}
	letter := ports.DeadLetter{ID: "1", By: staff, Body: []byte("{}"), Reason: domain.ErrInvalidArgument}
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ports.ErrForbidden) {
			t.Errorf("a learner: %s: %v, want %v", what, err, ports.ErrForbidden)
		}
	}
	refused("buries", s.PutDeadLetters(ctx, ada, []ports.DeadLetter{letter}))
	refused("settles", s.DeleteDeadLetters(ctx, ada, []string{"1"}))
	_, err := s.ListDeadLetters(ctx, ada, ports.DeadLetterPage{Limit: 1})
	refused("looks", err)
	_, err = s.Republish(ctx, ada, time.Time{})
	refused("republishes", err)

	if err := s.PutDeadLetters(ctx, staff, []ports.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutDeadLetters(ctx, staff, []ports.DeadLetter{{}}); !errors.Is(err, domain.ErrInvalidArgument) {
		t.Errorf("a dead letter without an ID: %v", err)
	}
	if found, err := s.ListDeadLetters(ctx, staff, ports.DeadLetterPage{Limit: 10}); err != nil || len(found) != 1 {
		t.Errorf("put one, listed %+v, %v", found, err)
	}
	other := ports.Actor{Tenant: "other", Subject: "x", Role: ports.Staff}
	if found, err := s.ListDeadLetters(ctx, other, ports.DeadLetterPage{Limit: 10}); err != nil || len(found) != 0 {
		t.Errorf("another tenant found %+v, %v", found, err)
	}
	if err := s.DeleteDeadLetters(ctx, staff, []string{"1", "2"}); err != nil {
		t.Error(err)
	}
	if found, err := s.ListDeadLetters(ctx, staff, ports.DeadLetterPage{Limit: 10}); err != nil || len(found) != 0 {
		t.Errorf("deleted it, listed %+v, %v", found, err)
	}
}
