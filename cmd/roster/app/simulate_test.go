package app

import (
	"context"
	"errors"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A partlyBroken store has no course, and fails to read the course "broken".
type partlyBroken struct{ ports.Store }

func (s partlyBroken) Snapshot(_ context.Context, _ domain.TenantID, read func(ports.Reader) error) error {
	return read(s)
}

func (partlyBroken) Course(_ context.Context, _ domain.TenantID, id domain.CourseID) (domain.Course, error) {
	if id == "broken" {
		return domain.Course{}, ports.ErrUnavailable
	}
	return domain.Course{}, domain.ErrCourseNotFound
}

// A command whose course cannot be copied fails, and the commands after it have replies of their own.
func TestSimulatedCommandsAfterAFailure(t *testing.T) {
	t.Parallel()
	by := ports.Actor{Tenant: "default", Subject: "cli:test", Role: ports.Staff}
	var commands []ports.Command
	for _, id := range []domain.CourseID{"broken", "new"} {
		settings := domain.Settings{Title: new("Go"), Capacity: new(1)}
		commands = append(commands, ports.Command{By: by, Actions: []ports.Action{ports.PutCourse{Course: id, Settings: settings}}})
	}
	err := simulate(partlyBroken{}, by.Tenant)(t.Context(), func(s importer.Simulation) error {
		replies := s.Submit(t.Context(), commands...)
		if !errors.Is(replies[0].Err, ports.ErrUnavailable) || replies[1].Err != nil || len(replies[1].Outcomes) != 1 || !replies[1].Outcomes[0].Created {
			t.Errorf("%+v", replies)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
