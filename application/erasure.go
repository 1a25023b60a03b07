package application

import (
	"cmp"
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// LearnerStandings implements [ports.Queries].
func (s *Service) LearnerStandings(ctx context.Context, by ports.Actor, learner domain.LearnerID, page ports.LearnerPage) ([]ports.RankedStanding, error) {
	if err := cmp.Or(maySee(by, learner), validateLimit(page.Limit), s.hasErasure()); err != nil {
		return nil, err
	}
	return s.erasure.LearnerStandings(ctx, by.Tenant, learner, page)
}

// About implements [ports.Erasure].
func (s *Service) About(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.PersonalData, error) {
	if err := cmp.Or(knownStaff(by), learner.Validate(), s.hasErasure()); err != nil {
		return ports.PersonalData{}, err
	}
	return s.erasure.About(ctx, by.Tenant, learner)
}

// Forget implements [ports.Erasure].
func (s *Service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.Forgotten, error) {
	if err := cmp.Or(knownStaff(by), learner.Validate(), s.hasErasure()); err != nil {
		return ports.Forgotten{}, err
	}
	return s.erasure.Forget(ctx, by.Tenant, learner, domain.LearnerID("forgotten-"+s.ids.New()))
}

func (s *Service) hasErasure() error {
	return require(s.erasure, "erasure", "ErasureStore", "WithErasure")
}
