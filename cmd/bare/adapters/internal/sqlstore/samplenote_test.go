package sqlstore_test

import (
	"testing"

	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portstest"
)

func TestSampleNotes(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestSampleNotes(t, func(t testing.TB) ports.SampleNoteStore { return fresh(t).store(t) })
		})
	}
}
