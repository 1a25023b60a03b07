package domain_test

import (
	"errors"
	"testing"
	"time"

	"example.com/roster/cmd/bare/domain"
)

func TestArchiveSampleNote(t *testing.T) {
	t.Parallel()
	before := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	after := before.Add(time.Hour)
	// TODO: add a row for each rule.
	for _, c := range []struct {
		rule     string
		is, want domain.SampleNote
		err      error
	}{
		{"it is a change", domain.SampleNote{ID: "x-1", Version: 1, Since: before, ChangedBy: "ada"},
			domain.SampleNote{ID: "x-1", Version: 2, Since: after, ChangedBy: "bob"}, nil},
	} {
		if got, err := c.is.Archive("bob", after); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %+v, %v, want %+v, %v", c.rule, got, err, c.want, c.err)
		}
	}
}
