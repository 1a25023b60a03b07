package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Promotions that need more than one transaction have the correlation of the command that freed the seats, not of another in its batch.
func TestPromotionsHaveTheirCommandsCorrelation(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	s := servicetest.NewOn(t, store)
	const waiting = 2500
	must(t, s.Submit(t.Context(), putOn("c", 0), putOn("other", 1)))
	line := make([]ports.Command, waiting)
	for i := range line {
		line[i] = enrollOn("c", fmt.Sprint("l-", i))
	}
	must(t, s.Submit(t.Context(), line...))
	other, put := enrollOn("other", "ada"), putOn("c", waiting)
	other.Correlation, put.Correlation = "another", "its own"
	must(t, s.Submit(t.Context(), other, put))

	records, err := store.Unpublished(t.Context(), 3*waiting)
	if err != nil {
		t.Fatal(err)
	}
	promoted := make(map[string]int) // by correlation
	for _, r := range records {
		for _, m := range r.Messages {
			if m.Type == domain.LearnerPromoted {
				promoted[m.Correlation]++
			}
		}
	}
	if len(promoted) != 1 || promoted[put.Correlation] != waiting {
		t.Errorf("promoted by correlation: %v, want all %d by %q", promoted, waiting, put.Correlation)
	}
}

// miscounted is a store whose courses count one learner more on the waitlist than there are.
type miscounted struct {
	*memstore.Store
	updates int
}

func (s *miscounted) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	if s.updates++; s.updates > 10 {
		return fmt.Errorf("%w: too many updates", ports.ErrUnavailable)
	}
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		for _, r := range l.Rosters {
			r.Course.WaitlistLength = 1
		}
		return decide(l)
	})
}

// A course that counts more learners on its waitlist than there are is not promoted for ever.
func TestPromotionsEndOnAMiscountedCourse(t *testing.T) {
	t.Parallel()
	store := &miscounted{Store: memstore.New()}
	s := application.New(store)
	must(t, s.Submit(t.Context(), putOn("c", 9)))
	if store.updates != 2 {
		t.Errorf("%d updates, want the command and one that looks for learners to promote", store.updates)
	}
}

// The error of a panic says where it happened.
func TestPanicHasItsStack(t *testing.T) {
	t.Parallel()
	s := servicetest.NewOn(t, newGate(func(context.Context, ports.Need) error { panic("in the store") }))
	err := s.Submit(t.Context(), putOn("c", 9))[0].Err
	if !errors.Is(err, ports.ErrInternal) || !strings.Contains(err.Error(), "panic: in the store") || !strings.Contains(err.Error(), "promotion_test.go:") {
		t.Errorf("got %v", err)
	}
}
