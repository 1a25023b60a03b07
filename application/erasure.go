package application

import (
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.Erasure].
func (s *Service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.Forgotten, error) {
	if err := knownStaff(by); err != nil {
		return ports.Forgotten{}, err
	}
	if err := learner.Validate(); err != nil {
		return ports.Forgotten{}, err
	}
	return s.erasure.Forget(ctx, by.Tenant, learner, domain.LearnerID("forgotten-"+s.ids.New()))
}
