package application

import (
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxLetterID = 512 // bytes

// Bury implements [ports.DeadLetters].
func (s *Service) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	if err := knownStaff(by); err != nil {
		return err
	}
	for _, l := range letters {
		if err := domain.ValidateText("id", l.ID, maxLetterID); err != nil {
			return err
		}
	}
	return s.deadLetters.PutDeadLetters(ctx, by.Tenant, letters)
}

// DeadLetters implements [ports.DeadLetters].
func (s *Service) ListDeadLetters(ctx context.Context, by ports.Actor, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	if err := knownStaff(by); err != nil {
		return nil, err
	}
	if err := checkLimit(page.Limit); err != nil {
		return nil, err
	}
	return s.deadLetters.ListDeadLetters(ctx, by.Tenant, page)
}

// Settle implements [ports.DeadLetters].
func (s *Service) DeleteDeadLetters(ctx context.Context, by ports.Actor, ids []string) error {
	if err := knownStaff(by); err != nil {
		return err
	}
	return s.deadLetters.DeleteDeadLetters(ctx, by.Tenant, ids)
}
