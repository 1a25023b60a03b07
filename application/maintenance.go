package application

import (
	"cmp"
	"context"
	"time"

	"example.com/roster/ports"
)

// Expire implements [ports.Maintenance].
func (s *Service) Expire(ctx context.Context) (int, error) {
	if err := s.hasMaintenance(); err != nil {
		return 0, err
	}
	return s.maintenance.Expire(ctx, s.clock.Now().UTC().Add(-replyRetention))
}

// Purge implements [ports.Maintenance].
func (s *Service) Purge(ctx context.Context) (int, error) {
	if err := s.hasMaintenance(); err != nil || s.retention == 0 {
		return 0, err
	}
	return s.maintenance.Purge(ctx, s.clock.Now().UTC().Add(-s.retention))
}

// Republish implements [ports.Maintenance].
func (s *Service) Republish(ctx context.Context, by ports.Actor, since time.Time) (int, error) {
	if err := cmp.Or(knownStaff(by), s.hasMaintenance()); err != nil {
		return 0, err
	}
	return s.maintenance.Republish(ctx, by.Tenant, since.UTC())
}

func (s *Service) hasMaintenance() error {
	return require(s.maintenance, "maintenance", "MaintenanceStore", "WithMaintenance")
}
