package application

import (
	"cmp"
	"context"
	"time"

	"example.com/roster/domain"
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
