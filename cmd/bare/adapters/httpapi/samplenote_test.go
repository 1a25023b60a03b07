package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var anySampleNote = domain.SampleNote{ID: "x-1", Text: "first", Version: 3, Since: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), ChangedBy: "boss"}

func (s stub) ReviseSampleNote(context.Context, ports.ReviseSampleNote) (ports.SampleNoteReply, error) {
	return ports.SampleNoteReply{SampleNote: anySampleNote}, s.err
}

func (s stub) SampleNote(context.Context, ports.Actor, domain.SampleNoteID) (domain.SampleNote, error) {
	return anySampleNote, s.err
}

// The specification has the limits of the domain.
func TestSampleNoteLimits(t *testing.T) {
	t.Parallel()
	doc, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	text := doc.Components.Schemas["ReviseSampleNote"].Value.Properties["text"]
	limit := fmt.Sprintf("At most %d bytes of UTF-8", domain.MaxSampleNoteText)
	if text == nil || text.Value.MaxLength == nil || *text.Value.MaxLength != domain.MaxSampleNoteText || !strings.HasPrefix(text.Value.Description, limit) {
		t.Errorf("the text of ReviseSampleNote must have maxLength: %d, and a description that begins with %q", domain.MaxSampleNoteText, limit)
	}
}

func TestSampleNotesOverHTTP(t *testing.T) {
	t.Parallel()
	// TODO: add the fields to what is shown.
	const at, shown = "/v1/sample-notes/x-1", `{"sampleNoteId":"x-1","text":"first","version":3,"since":"2026-03-01T12:00:00.123456Z","changedBy":"boss"}`
	service := mocked(t)
	s := serve(service)
	command := ports.ReviseSampleNote{By: staff, ID: "x-1", Text: "first"}
	service.EXPECT().ReviseSampleNote(gomock.Any(), command).Return(ports.SampleNoteReply{SampleNote: anySampleNote}, nil)
	wantJSON(t, send(t, s, "PUT", at, `{"text":"first"}`), 200, shown)
	service.EXPECT().SampleNote(gomock.Any(), staff, domain.SampleNoteID("x-1")).Return(anySampleNote, nil)
	wantJSON(t, send(t, s, "GET", at, ""), 200, shown)

	// keys: command.Key = "reviseSampleNote k"
	// keys: again := ports.SampleNoteReply{SampleNote: anySampleNote, Replayed: true}
	// keys: service.EXPECT().ReviseSampleNote(gomock.Any(), command).Return(again, nil)
	// keys: if got := send(t, s, "PUT", at, `{"text":"first"}`, "Idempotency-Key", "k"); got.header.Get("Idempotent-Replayed") != "true" {
	// keys: 	t.Errorf("an earlier answer is not marked: %v", got.header)
	// keys: }
	// keys: problem(t, s, 400, "malformed_request", "PUT", at, `{"text":"first"}`, "Idempotency-Key", `"`)

	service.EXPECT().SampleNote(gomock.Any(), staff, domain.SampleNoteID("x-1")).Return(domain.SampleNote{}, ports.ErrNotFound)
	problem(t, s, 404, "not_found", "GET", at, "")
	service.EXPECT().ReviseSampleNote(gomock.Any(), gomock.Any()).Return(ports.SampleNoteReply{}, &domain.Violation{Field: "text", Detail: "is invalid"})
	problem(t, s, 422, "invalid_argument", "PUT", at, `{"text":"bad"}`)
	problem(t, s, 400, "malformed_request", "PUT", at, `{"text":7}`)
	problem(t, s, 400, "malformed_request", "PUT", at, `{"text":"first","more":"x"}`)
}
