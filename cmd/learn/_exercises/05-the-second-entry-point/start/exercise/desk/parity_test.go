package desk_test

import (
	"testing"

	"example.com/roster/exercise/desk"
)

// Both entry points do the same with the same commands.
func TestParity(t *testing.T) {
	t.Parallel()
	web, lines := desk.New(1), desk.New(1)
	throughWeb(web, "enroll ada")
	throughLines(lines, "enroll ada")
}
