package application

import (
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxLetterID = 512 // bytes

// Bury implements [ports.Letters].
func (s *Service) Bury(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	if err := knownStaff(by); err != nil {
		return err
	}
	for _, l := range letters {
		if err := domain.CheckText("id", l.ID, maxLetterID); err != nil {
			return err
		}
	}
	return s.store.Bury(ctx, by.Tenant, letters)
}

// DeadLetters implements [ports.Letters].
func (s *Service) DeadLetters(ctx context.Context, by ports.Actor, page ports.LetterPage) ([]ports.DeadLetter, error) {
	if err := knownStaff(by); err != nil {
		return nil, err
	}
	if err := checkLimit(page.Limit); err != nil {
		return nil, err
	}
	return s.store.DeadLetters(ctx, by.Tenant, page)
}

// Settle implements [ports.Letters].
func (s *Service) Settle(ctx context.Context, by ports.Actor, ids []string) error {
	if err := knownStaff(by); err != nil {
		return err
	}
	return s.store.Settle(ctx, by.Tenant, ids)
}
