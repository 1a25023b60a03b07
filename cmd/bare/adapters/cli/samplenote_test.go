package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portsmock"
)

func TestSampleNotesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	first := domain.SampleNote{ID: "x-1", Text: "first", Version: 3, Since: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), ChangedBy: "boss"}
	// TODO: add the fields to what is printed.
	text := result{out: "x-1  first\n  version 3\n"}
	view := result{out: `{"sampleNoteId":"x-1","text":"first","version":3,"since":"2026-03-01T12:00:00.123456Z","changedBy":"boss"}` + "\n"}
	missing := fmt.Errorf("%w: sample note x-1", ports.ErrNotFound)
	for _, c := range []struct {
		args []string
		err  error
		want result
	}{
		{[]string{"revise", "x-1", "first"}, nil, text},
		{[]string{"revise", "x-1", "first", "--json"}, nil, view},
		{[]string{"revise", "x-1", "first"}, ports.ErrForbidden, result{err: "roster: you may not do this: forbidden (forbidden)\n", exit: 2}},
		// keys: {[]string{"revise", "x-1", "first", "--key", "k"}, nil, text},
		{[]string{"show", "x-1"}, nil, text},
		{[]string{"show", "x-1", "--json"}, nil, view},
		{[]string{"show", "x-1"}, missing, result{err: "roster: not found: sample note x-1 (not_found)\n", exit: 3}},
	} {
		service := portsmock.NewMockService(gomock.NewController(t))
		if c.args[0] == "show" {
			service.EXPECT().SampleNote(gomock.Any(), by, first.ID).Return(first, c.err)
		} else {
			command := ports.ReviseSampleNote{By: by, ID: "x-1", Text: "first"}
			// keys: if len(c.args) > 4 {
			// keys: 	command.Key = "k"
			// keys: }
			service.EXPECT().ReviseSampleNote(gomock.Any(), command).Return(ports.SampleNoteReply{SampleNote: first}, c.err)
		}
		if got := run(t, service, append([]string{"sample-note"}, c.args...)...); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.args, got, c.want)
		}
	}
}
