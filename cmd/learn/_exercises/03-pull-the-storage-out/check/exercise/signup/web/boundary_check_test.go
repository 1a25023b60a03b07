package web_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const here = "example.com/roster/exercise/signup/"

// What each package may import of the others, and why no more.
func TestBoundary(t *testing.T) {
	for _, is := range []struct {
		folder string
		may    []string
		pure   bool
		why    string
	}{
		{"web", []string{"rule", "usecase"}, false, "an entry point that knows the storage has to change with it"},
		{"usecase", []string{"rule"}, true, "a use case that knows a protocol or a storage serves only that one"},
		{"rule", nil, true, "the rule depends on nothing"},
		{"tablestore", []string{"rule", "usecase", "table"}, false, "a storage has no use for the protocol"},
	} {
		files, err := filepath.Glob("../" + is.folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, spec := range parsed.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				inside, ok := strings.CutPrefix(name, here)
				switch {
				case ok && !slices.Contains(is.may, inside):
					t.Errorf("%s imports %s: %s", is.folder, inside, is.why)
				case !ok && is.pure && !slices.Contains([]string{"cmp", "errors", "fmt", "maps", "math", "slices", "strconv", "strings"}, name),
					!ok && is.folder == "tablestore" && name == "net/http":
					t.Errorf("%s imports %s: %s", is.folder, name, is.why)
				}
			}
		}
	}
}
