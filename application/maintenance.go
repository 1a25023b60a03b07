package application

import (
	"context"
	"time"

	"example.com/roster/ports"
)

// Expire implements [ports.Maintenance].
func (s *Service) Expire(ctx context.Context) (int, error) {
	return s.maintenance.Expire(ctx, s.clock.Now().UTC().Add(-replyRetention))
}

// Purge implements [ports.Maintenance].
func (s *Service) Purge(ctx context.Context) (int, error) {
	if s.retention == 0 {
		return 0, nil
	}
	return s.maintenance.Purge(ctx, s.clock.Now().UTC().Add(-s.retention))
}

// Republish implements [ports.Maintenance].
func (s *Service) Republish(ctx context.Context, by ports.Actor, since time.Time) (int, error) {
	if err := knownStaff(by); err != nil {
		return 0, err
	}
	return s.maintenance.Republish(ctx, by.Tenant, since.UTC())
}
