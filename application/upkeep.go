package application

import (
	"context"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.Maintenance].
func (s *Service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.Forgotten, error) {
	if err := knownStaff(by); err != nil {
		return ports.Forgotten{}, err
	}
	if err := learner.Validate(); err != nil {
		return ports.Forgotten{}, err
	}
	return s.store.Forget(ctx, by.Tenant, learner, domain.LearnerID("forgotten-"+s.ids.New()))
}

// Expire implements [ports.Maintenance].
func (s *Service) Expire(ctx context.Context) (int, error) {
	return s.store.Expire(ctx, s.clock.Now().UTC().Add(-replyRetention))
}

// Purge implements [ports.Maintenance].
func (s *Service) Purge(ctx context.Context) (int, error) {
	if s.retention == 0 {
		return 0, nil
	}
	return s.store.Purge(ctx, s.clock.Now().UTC().Add(-s.retention))
}

// Republish implements [ports.Maintenance].
func (s *Service) Republish(ctx context.Context, by ports.Actor, since time.Time) (int, error) {
	if err := knownStaff(by); err != nil {
		return 0, err
	}
	return s.store.Republish(ctx, by.Tenant, since.UTC())
}
