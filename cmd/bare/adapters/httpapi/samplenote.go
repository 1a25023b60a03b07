package httpapi

import (
	"context"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// ReviseSampleNote answers PUT /v1/sample-notes/{sampleNoteId}.
func (h *handlers) ReviseSampleNote(ctx context.Context, r api.ReviseSampleNoteRequestObject) (api.ReviseSampleNoteResponseObject, error) {
	// keys: key, err := operationKey("reviseSampleNote", r.Params.IdempotencyKey)
	// keys: if err != nil {
	// keys: 	return nil, err
	// keys: }
	reply, err := h.service.ReviseSampleNote(ctx, ports.ReviseSampleNote{
		By: fromContext(ctx).actor,
		// keys: Key: key,
		ID: domain.SampleNoteID(r.SampleNoteID),
		// TODO: add the other fields of the body.
		Text: r.Body.Text,
	})
	// keys: setReplayed(ctx, reply.Replayed)
	if err != nil {
		return nil, err
	}
	return api.ReviseSampleNote200JSONResponse(sampleNoteJSON(reply.SampleNote)), nil
}

// GetSampleNote answers GET /v1/sample-notes/{sampleNoteId}.
func (h *handlers) GetSampleNote(ctx context.Context, r api.GetSampleNoteRequestObject) (api.GetSampleNoteResponseObject, error) {
	found, err := h.service.SampleNote(ctx, fromContext(ctx).actor, domain.SampleNoteID(r.SampleNoteID))
	if err != nil {
		return nil, err
	}
	return api.GetSampleNote200JSONResponse(sampleNoteJSON(found)), nil
}

func sampleNoteJSON(v domain.SampleNote) api.SampleNote {
	shown := api.SampleNote{SampleNoteID: string(v.ID), Text: v.Text, Version: v.Version, Since: v.Since.UTC()}
	// TODO: add the other fields of a sample note.
	if v.ChangedBy != "" {
		shown.ChangedBy = &v.ChangedBy
	}
	return shown
}
