package application

import (
	"cmp"
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxDeadLetterID = 512 // bytes

// PutDeadLetters implements [ports.DeadLetters].
func (s *Service) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	err := s.mayUseDeadLetters(by)
	for _, l := range letters {
		err = cmp.Or(err, domain.ValidateText("id", l.ID, maxDeadLetterID))
	}
	if err != nil {
		return err
	}
	return s.deadLetters.PutDeadLetters(ctx, by.Tenant, letters)
}

// ListDeadLetters implements [ports.DeadLetters].
func (s *Service) ListDeadLetters(ctx context.Context, by ports.Actor, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	if err := cmp.Or(s.mayUseDeadLetters(by), validateLimit(page.Limit)); err != nil {
		return nil, err
	}
	return s.deadLetters.ListDeadLetters(ctx, by.Tenant, page)
}

// DeleteDeadLetters implements [ports.DeadLetters].
func (s *Service) DeleteDeadLetters(ctx context.Context, by ports.Actor, ids []string) error {
	if err := s.mayUseDeadLetters(by); err != nil {
		return err
	}
	return s.deadLetters.DeleteDeadLetters(ctx, by.Tenant, ids)
}

func (s *Service) mayUseDeadLetters(by ports.Actor) error {
	return cmp.Or(knownStaff(by), require(s.deadLetters, "dead letters", "DeadLetterStore", "WithDeadLetters"))
}
