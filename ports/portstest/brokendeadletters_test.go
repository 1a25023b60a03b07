package portstest_test

import (
	"context"
	"slices"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stores whose dead letters or journals are broken on purpose.

// losesTrace does not save the trace of an entry.
type losesTrace struct{ store }

func (s losesTrace) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		c.Journal = slices.Clone(c.Journal)
		for i := range c.Journal {
			c.Journal[i].Trace = ""
		}
		return c, err
	})
}

// changesBody makes the body of a dead letter valid UTF-8.
type changesBody struct{ store }

func (s changesBody) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	letters = slices.Clone(letters)
	for i := range letters {
		letters[i].Body = []byte(strings.ToValidUTF8(string(letters[i].Body), "?"))
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// losesAttempts replaces the attempts of a dead letter instead of adding to them.
type losesAttempts struct{ store }

func (s losesAttempts) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	for _, l := range letters {
		if err := s.DeleteDeadLetters(ctx, t, []string{l.ID}); err != nil {
			return err
		}
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// keepsOldReason keeps the first reason of a dead letter that is put again.
type keepsOldReason struct{ store }

func (s keepsOldReason) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	there, _ := s.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: 1000})
	letters = slices.Clone(letters)
	for i, l := range letters {
		if at := slices.IndexFunc(there, func(old ports.DeadLetter) bool { return old.ID == l.ID }); at >= 0 {
			letters[i].Reason, letters[i].Detail = there[at].Reason, there[at].Detail
		}
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// repeatsFirstPage always returns the first page.
type repeatsFirstPage struct{ store }

func (s repeatsFirstPage) ListDeadLetters(ctx context.Context, t domain.TenantID, p ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return s.store.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: p.Limit})
}

// deletesInPart deletes the first thousand dead letters only.
type deletesInPart struct{ store }

func (s deletesInPart) DeleteDeadLetters(ctx context.Context, t domain.TenantID, ids []string) error {
	return s.store.DeleteDeadLetters(ctx, t, ids[:min(1000, len(ids))])
}

// mixesDeadLetters returns the dead letters of one tenant to every tenant.
type mixesDeadLetters struct{ store }

func (s mixesDeadLetters) ListDeadLetters(ctx context.Context, _ domain.TenantID, p ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return s.store.ListDeadLetters(ctx, "t", p)
}

// erasesNoDeadLetters does not remove the dead letters about a learner whom it forgets.
type erasesNoDeadLetters struct{ store }

func (s erasesNoDeadLetters) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	there, _ := s.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: 1000})
	there = slices.DeleteFunc(there, func(d ports.DeadLetter) bool { return d.Learner != l })
	found, err := s.store.Forget(ctx, t, l, p)
	if err != nil {
		return found, err
	}
	return found, s.PutDeadLetters(ctx, t, there)
}

// ignoresPutErrors returns no error when the commit of a dead letter fails.
type ignoresPutErrors struct{ store }

func (s ignoresPutErrors) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	_ = s.store.PutDeadLetters(ctx, t, letters)
	return nil
}
