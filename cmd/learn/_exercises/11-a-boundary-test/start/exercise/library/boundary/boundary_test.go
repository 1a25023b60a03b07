package boundary_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/exercise/library/boundary"
)

// The library obeys the rules.
func TestLibrary(t *testing.T) {
	found, err := boundary.Check(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range found {
		t.Error(line)
	}
}

// One violation is planted, and found. A boundary test that can't fail proves nothing, so plant others, too.
func TestPlanted(t *testing.T) {
	tree := fstest.MapFS{
		"desk/save.go": {Data: []byte("package desk\n\nimport \"example.com/roster/exercise/library/files\"\n\nvar _ files.Folder\n")},
	}
	found, err := boundary.Check(tree)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(found, "\n"); !strings.Contains(got, "desk/save.go") {
		t.Errorf("desk/save.go imports an adapter, and Check reports %q", got)
	}
}
