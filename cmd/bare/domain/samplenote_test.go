package domain_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/bare/domain"
)

func TestSampleNote(t *testing.T) {
	t.Parallel()
	before := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	after := before.Add(time.Hour)
	none := domain.SampleNote{ID: "x-1"}
	first := domain.SampleNote{ID: "x-1", Text: "first", Version: 1, Since: before, ChangedBy: "ada"}
	// TODO: add a row for each rule.
	for _, c := range []struct {
		rule string
		is   domain.SampleNote
		text string
		want domain.SampleNote
		err  error
	}{
		{"the first text creates it", none, "first", domain.SampleNote{ID: "x-1", Text: "first", Version: 1, Since: after, ChangedBy: "bob"}, nil},
		{"another text changes it", first, "second", domain.SampleNote{ID: "x-1", Text: "second", Version: 2, Since: after, ChangedBy: "bob"}, nil},
		{"the same text changes nothing", first, "first", first, nil},
		{"an empty text is refused", first, "", first, domain.ErrInvalidArgument},
		{"a text of the maximum size changes it", first, strings.Repeat("x", domain.MaxSampleNoteText),
			domain.SampleNote{ID: "x-1", Text: strings.Repeat("x", domain.MaxSampleNoteText), Version: 2, Since: after, ChangedBy: "bob"}, nil},
		{"a longer text is refused", first, strings.Repeat("x", domain.MaxSampleNoteText+1), first, domain.ErrInvalidArgument},
		{"a control character is refused", none, "a\nb", none, domain.ErrInvalidArgument},
	} {
		got, err := c.is.Revise(c.text, "bob", after)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %+v, %v, want %+v, %v", c.rule, got, err, c.want, c.err)
		}
	}
	if none.Exists() || !first.Exists() {
		t.Error("it must exist if and only if it has a version")
	}
}

func TestSampleNoteID(t *testing.T) {
	t.Parallel()
	for id, valid := range map[domain.SampleNoteID]bool{
		"x-1": true, domain.SampleNoteID(strings.Repeat("x", 64)): true, "": false, "x 1": false, "x/1": false, "é": false,
		domain.SampleNoteID(strings.Repeat("x", 65)): false,
	} {
		v, refused := errors.AsType[*domain.Violation](id.Validate())
		if refused == valid || refused && v.Field != "sampleNoteId" {
			t.Errorf("%q: got %v", id, id.Validate())
		}
	}
}
