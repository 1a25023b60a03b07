package importer

import (
	"testing"

	"example.com/roster/domain"
)

func TestEveryRuleHasWordsForItsRejects(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		// What is no argument is an invalid row before it is a command.
		if enrollments.refusals[kind] == "" && kind != domain.ErrInvalidArgument {
			t.Errorf("%s has no words", kind)
		}
	}
}
