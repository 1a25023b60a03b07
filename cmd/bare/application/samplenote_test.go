package application_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/bare/adapters/memstore"
	"example.com/roster/cmd/bare/application"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

type sampleNoteClock time.Time

func (c sampleNoteClock) Now() time.Time { return time.Time(c) }

func TestReviseSampleNote(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("CET", 3600))
	s := application.New(memstore.New(), application.WithClock(sampleNoteClock(noon)))
	by := ports.Actor{Tenant: "default", Subject: "boss", Role: ports.Staff}
	want := domain.SampleNote{ID: "x-1", Text: "first", Version: 1, Since: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)}
	for range 2 { // the second, equal command changes nothing
		reply, err := s.ReviseSampleNote(t.Context(), ports.ReviseSampleNote{By: by, ID: "x-1", Text: "first"})
		if err != nil || reply != (ports.SampleNoteReply{SampleNote: want}) {
			t.Errorf("got %+v, %v, want %+v", reply, err, want)
		}
	}
	want.ChangedBy = "boss"
	if got, err := s.SampleNote(t.Context(), by, "x-1"); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if reply, err := s.ReviseSampleNote(t.Context(), ports.ReviseSampleNote{By: by, ID: "x-1"}); !errors.Is(err, domain.ErrInvalidArgument) || reply != (ports.SampleNoteReply{}) {
		t.Errorf("no text: got %+v, %v", reply, err)
	}
	if _, err := s.ReviseSampleNote(t.Context(), ports.ReviseSampleNote{By: by, ID: "x 1", Text: "first"}); !errors.Is(err, domain.ErrInvalidArgument) {
		t.Errorf("invalid id: got %v", err)
	}
	if _, err := s.SampleNote(t.Context(), by, "x 1"); !errors.Is(err, domain.ErrInvalidArgument) {
		t.Errorf("invalid id: got %v", err)
	}
	if _, err := s.SampleNote(t.Context(), by, "x-2"); !errors.Is(err, ports.ErrNotFound) || !strings.Contains(err.Error(), "sample note x-2") {
		t.Errorf("missing: got %v", err)
	}
}

func TestWhoMayReviseSampleNote(t *testing.T) {
	t.Parallel()
	s := application.New(memstore.New())
	boss := ports.Actor{Tenant: "default", Subject: "boss", Role: ports.Staff}
	if _, err := s.ReviseSampleNote(t.Context(), ports.ReviseSampleNote{By: boss, ID: "x-1", Text: "first"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by           ports.Actor
		change, read error
		sees         string // who changed it
	}{
		{boss, nil, nil, "boss"},
		{ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Member}, ports.ErrForbidden, nil, ""},
		{ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Partner}, ports.ErrForbidden, nil, ""},
		{ports.Actor{Tenant: "default", Subject: "ada"}, ports.ErrUnauthenticated, ports.ErrUnauthenticated, ""},
		{ports.Actor{Tenant: "other", Subject: "boss", Role: ports.Staff}, nil, ports.ErrNotFound, ""},
	} {
		if got, err := s.SampleNote(t.Context(), c.by, "x-1"); !errors.Is(err, c.read) || got.ChangedBy != c.sees {
			t.Errorf("%+v reads %+v, %v, want %v and %q", c.by, got, err, c.read, c.sees)
		}
		if _, err := s.ReviseSampleNote(t.Context(), ports.ReviseSampleNote{By: c.by, ID: "x-1", Text: "mine"}); !errors.Is(err, c.change) {
			t.Errorf("%+v changes it: %v, want %v", c.by, err, c.change)
		}
	}
}
