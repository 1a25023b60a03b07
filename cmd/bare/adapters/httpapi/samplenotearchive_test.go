package httpapi_test

import (
	"context"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/cmd/bare/ports"
)

func (s stub) ArchiveSampleNote(context.Context, ports.ArchiveSampleNote) (ports.SampleNoteReply, error) {
	return ports.SampleNoteReply{SampleNote: anySampleNote}, s.err
}

func TestArchiveSampleNoteOverHTTP(t *testing.T) {
	t.Parallel()
	const at = "/v1/sample-notes/x-1/archive"
	service := mocked(t)
	s := serve(service)
	command := ports.ArchiveSampleNote{By: staff, ID: "x-1"}
	service.EXPECT().ArchiveSampleNote(gomock.Any(), command).Return(ports.SampleNoteReply{SampleNote: anySampleNote}, nil)
	if got := send(t, s, "POST", at, ""); got.status != 200 || got.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("got %+v", got)
	}
	// keys: command.Key = "archiveSampleNote k"
	// keys: service.EXPECT().ArchiveSampleNote(gomock.Any(), command).Return(ports.SampleNoteReply{SampleNote: anySampleNote, Replayed: true}, nil)
	// keys: if got := send(t, s, "POST", at, "", "Idempotency-Key", "k"); got.status != 200 || got.header.Get("Idempotent-Replayed") != "true" {
	// keys: 	t.Errorf("got %+v", got)
	// keys: }
	service.EXPECT().ArchiveSampleNote(gomock.Any(), gomock.Any()).Return(ports.SampleNoteReply{}, ports.ErrNotFound)
	problem(t, s, 404, "not_found", "POST", at, "")
}
