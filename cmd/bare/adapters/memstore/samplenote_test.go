package memstore_test

import (
	"errors"
	"testing"

	"example.com/roster/cmd/bare/adapters/memstore"
	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portstest"
)

func TestSampleNotes(t *testing.T) {
	t.Parallel()
	portstest.TestSampleNotes(t, func(testing.TB) ports.SampleNoteStore { return memstore.New() })
}

func TestSampleNoteOfAFailedCommit(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	s := memstore.New(memstore.WithCommit(func() error { return broken }))
	err := s.UpdateSampleNote(t.Context(), ports.SampleNoteNeed{Tenant: "default", ID: "x-1"}, func(c ports.SampleNoteChange) (ports.SampleNoteChange, error) {
		c.Version++
		return c, nil
	})
	if _, read := s.SampleNote(t.Context(), "default", "x-1"); !errors.Is(err, broken) || !errors.Is(err, ports.ErrUnavailable) || !errors.Is(read, ports.ErrNotFound) {
		t.Errorf("got %v, %v", err, read)
	}
}
