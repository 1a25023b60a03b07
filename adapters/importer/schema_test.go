package importer

import (
	"testing"

	"example.com/roster/domain"
)

func TestEveryRefusalHasADetail(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		// An invalid argument makes an invalid row, before there is a command.
		if enrollments.refusals[kind] == "" && kind != domain.ErrInvalidArgument {
			t.Errorf("%s has no detail", kind)
		}
	}
}
