package portstest_test

import (
	"context"
	"slices"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stores whose dead letters, or journals, are broken on purpose.

// traceLost forgets what an event was part of.
type traceLost struct{ store }

func (s traceLost) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		c.Journal = slices.Clone(c.Journal)
		for i := range c.Journal {
			c.Journal[i].Trace = ""
		}
		return c, err
	})
}

// bodyMended takes a message for text.
type bodyMended struct{ store }

func (s bodyMended) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	letters = slices.Clone(letters)
	for i := range letters {
		letters[i].Body = []byte(strings.ToValidUTF8(string(letters[i].Body), "?"))
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// triedOnce forgets how often a letter was tried when it comes again.
type triedOnce struct{ store }

func (s triedOnce) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	for _, l := range letters {
		if err := s.DeleteDeadLetters(ctx, t, []string{l.ID}); err != nil {
			return err
		}
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// oldReason keeps what a letter was first buried for.
type oldReason struct{ store }

func (s oldReason) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	there, _ := s.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: 1000})
	letters = slices.Clone(letters)
	for i, l := range letters {
		if at := slices.IndexFunc(there, func(old ports.DeadLetter) bool { return old.ID == l.ID }); at >= 0 {
			letters[i].Reason, letters[i].Detail = there[at].Reason, there[at].Detail
		}
	}
	return s.store.PutDeadLetters(ctx, t, letters)
}

// firstPageForEver does not turn the page.
type firstPageForEver struct{ store }

func (s firstPageForEver) ListDeadLetters(ctx context.Context, t domain.TenantID, p ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return s.store.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: p.Limit})
}

// settledInPart stops after the first thousand.
type settledInPart struct{ store }

func (s settledInPart) DeleteDeadLetters(ctx context.Context, t domain.TenantID, ids []string) error {
	return s.store.DeleteDeadLetters(ctx, t, ids[:min(1000, len(ids))])
}

// neighboursPost shows everybody the same dead letters.
type neighboursPost struct{ store }

func (s neighboursPost) ListDeadLetters(ctx context.Context, _ domain.TenantID, p ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return s.store.ListDeadLetters(ctx, "t", p)
}

// stillInTheDeadLetters leaves them out of what it forgets.
type stillInTheDeadLetters struct{ store }

func (s stillInTheDeadLetters) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	there, _ := s.ListDeadLetters(ctx, t, ports.DeadLetterPage{Limit: 1000})
	there = slices.DeleteFunc(there, func(d ports.DeadLetter) bool { return d.Learner != l })
	found, err := s.store.Forget(ctx, t, l, p)
	if err != nil {
		return found, err
	}
	return found, s.PutDeadLetters(ctx, t, there)
}

// toldBuriedButGone swallows the error of the commit.
type toldBuriedButGone struct{ store }

func (s toldBuriedButGone) PutDeadLetters(ctx context.Context, t domain.TenantID, letters []ports.DeadLetter) error {
	_ = s.store.PutDeadLetters(ctx, t, letters)
	return nil
}
