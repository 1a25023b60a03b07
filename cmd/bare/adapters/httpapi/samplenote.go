package httpapi

import (
	"context"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// PutSampleNote answers PUT /v1/sample-notes/{sampleNoteId}.
func (h *handlers) PutSampleNote(ctx context.Context, r api.PutSampleNoteRequestObject) (api.PutSampleNoteResponseObject, error) {
	reply, err := h.service.PutSampleNote(ctx, ports.PutSampleNote{
		By: fromContext(ctx).actor,
		ID: domain.SampleNoteID(r.SampleNoteID),
		// TODO: add the other fields of the body.
		Text: r.Body.Text,
	})
	if err != nil {
		return nil, err
	}
	return api.PutSampleNote200JSONResponse(sampleNoteJSON(reply.SampleNote)), nil
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
