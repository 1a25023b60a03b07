package application

import (
	"cmp"
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.Erasure].
func (s *Service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.Forgotten, error) {
	present := require(s.erasure, "erasure", "ErasureStore", "WithErasure")
	if err := cmp.Or(knownStaff(by), learner.Validate(), present); err != nil {
		return ports.Forgotten{}, err
	}
	return s.erasure.Forget(ctx, by.Tenant, learner, domain.LearnerID("forgotten-"+s.ids.New()))
}
