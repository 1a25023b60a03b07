package application_test

import (
	"errors"
	"testing"
	"time"

	"example.com/roster/cmd/bare/adapters/memstore"
	"example.com/roster/cmd/bare/application"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

func TestArchiveSampleNote(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	stored := domain.SampleNote{ID: "x-1", Version: 1, Since: noon.Add(-time.Hour), ChangedBy: "ada"}
	boss := ports.Actor{Tenant: "default", Subject: "boss", Role: ports.Staff}
	for _, c := range []struct {
		by   ports.Actor
		id   domain.SampleNoteID
		want int64 // the version
		err  error
	}{
		{boss, "x-1", 2, nil},
		{boss, "x-2", 0, ports.ErrNotFound},
		{boss, "x 1", 0, domain.ErrInvalidArgument},
		{ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Member}, "x-1", 0, ports.ErrForbidden},
		{ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Partner}, "x-1", 0, ports.ErrForbidden},
		{ports.Actor{Tenant: "default", Subject: "ada"}, "x-1", 0, ports.ErrUnauthenticated},
		{ports.Actor{Tenant: "other", Subject: "boss", Role: ports.Staff}, "x-1", 0, ports.ErrNotFound},
	} {
		store := memstore.New()
		err := store.UpdateSampleNote(t.Context(), ports.SampleNoteNeed{Tenant: "default", ID: "x-1"}, func(change ports.SampleNoteChange) (ports.SampleNoteChange, error) {
			change.SampleNote = stored
			return change, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		command := ports.ArchiveSampleNote{By: c.by, ID: c.id}
		// keys: command.Key = "k"
		s := application.New(store)
		// keys: for again := range 2 {
		reply, err := s.ArchiveSampleNote(t.Context(), command)
		if !errors.Is(err, c.err) || reply.Version != c.want {
			t.Errorf("%+v: got %+v, %v, want version %d, %v", command, reply, err, c.want, c.err)
		}
		// keys: if saved := c.err == nil || c.err == ports.ErrNotFound; reply.Replayed != (saved && again == 1) {
		// keys: 	t.Errorf("%+v, %d times: got %+v", command, again+1, reply)
		// keys: }
		// keys: }
	}
}
