package httpapi

import (
	"context"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// ArchiveSampleNote answers POST /v1/sample-notes/{sampleNoteId}/archive.
func (h *handlers) ArchiveSampleNote(ctx context.Context, r api.ArchiveSampleNoteRequestObject) (api.ArchiveSampleNoteResponseObject, error) {
	// keys: key, err := operationKey("archiveSampleNote", r.Params.IdempotencyKey)
	// keys: if err != nil {
	// keys: 	return nil, err
	// keys: }
	reply, err := h.service.ArchiveSampleNote(ctx, ports.ArchiveSampleNote{
		By: fromContext(ctx).actor,
		// keys: Key: key,
		ID: domain.SampleNoteID(r.SampleNoteID),
	})
	// keys: setReplayed(ctx, reply.Replayed)
	if err != nil {
		return nil, err
	}
	return api.ArchiveSampleNote200JSONResponse(sampleNoteJSON(reply.SampleNote)), nil
}
