package boundary_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/exercise/library/boundary"
)

const library = "example.com/roster/exercise/library/"

// check returns what Check reports about the library with one file more.
func check(t *testing.T, name, text string) string {
	t.Helper()
	tree := fstest.MapFS{name: {Data: []byte(text)}}
	for _, file := range []string{"lending/lending.go", "lending/lending_test.go", "desk/desk.go", "files/files.go", "web/web.go"} {
		source, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		tree[file] = &fstest.MapFile{Data: source}
	}
	found, err := boundary.Check(tree)
	if err != nil {
		t.Fatalf("Check returns an error about a file that compiles: %v\n%s", err, text)
	}
	return strings.Join(found, "\n")
}

func TestPlantedViolations(t *testing.T) {
	planted := []struct{ what, file, text string }{
		{"the rules import the database/sql package of the standard library", "lending/a.go",
			"package lending\n\nimport \"database/sql\"\n\nvar _ sql.DB\n"},
		{"the rules import net/http, in a group, with another name", "lending/b.go",
			"package lending\n\nimport (\n\t\"errors\"\n\tweb \"net/http\"\n)\n\nvar _, _ = errors.New, web.Get\n"},
		{"the rules import math/rand/v2: no one has thought of forbidding it", "lending/c.go",
			"package lending\n\nimport \"math/rand/v2\"\n\nvar _ = rand.N[int]\n"},
		{"the rules import a package of another module", "lending/d.go",
			"package lending\n\nimport _ \"github.com/labstack/echo/v4\"\n"},
		{"a test of the rules imports an adapter", "lending/e_test.go",
			"package lending_test\n\nimport (\n\t\"testing\"\n\n\t\"" + library + "files\"\n)\n\nfunc TestE(*testing.T) { _ = files.Folder(\"\") }\n"},
		{"the use case imports an adapter, in a file with a build tag", "desk/f.go",
			"//go:build integration\n\npackage desk\n\nimport \"" + library + "files\"\n\nvar _ files.Folder\n"},
		{"the use case imports an adapter, in a file for one operating system", "desk/g_plan9.go",
			"package desk\n\nimport \"" + library + "files\"\n\nvar _ files.Folder\n"},
		{"the use case imports an adapter for its side effect alone: import _", "desk/h.go",
			"package desk\n\nimport _ \"" + library + "web\"\n"},
		{"the use case imports an adapter under the name of the rules", "desk/i.go",
			"package desk\n\nimport lending \"" + library + "files\"\n\nvar _ lending.Folder\n"},
		{"one adapter imports another", "web/j.go",
			"package web\n\nimport . \"" + library + "files\"\n\nvar _ Folder\n"},
		{"the use case imports a package whose name begins as that of the rules", "desk/k.go",
			"package desk\n\nimport _ \"" + library + "lendingtools\"\n"},
		{"a new folder below the rules, which no rule names", "lending/store/l.go",
			"package store\n\nimport \"os\"\n\nvar _ = os.ReadFile\n"},
	}
	missed := 0
	for _, p := range planted {
		if !strings.Contains(check(t, p.file, p.text), p.file) {
			t.Errorf("not noticed: %s (%s)", p.what, p.file)
			missed++
		}
	}
	if missed > 0 {
		t.Errorf("Check reports %d of %d planted violations", len(planted)-missed, len(planted))
	}
}

func TestRightFilesAreNotReported(t *testing.T) {
	for _, p := range []struct{ what, file, text string }{
		{"a comment and a text that name an adapter", "lending/a.go",
			"package lending\n\n// See \"" + library + "files\" and \"net/http\".\nconst hint = `import \"os\"`\n"},
		{"an internal test of the rules", "lending/b_test.go",
			"package lending\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestB(*testing.T) { _ = time.Time{} }\n"},
		{"an external test of the use case", "desk/c_test.go",
			"package desk_test\n\nimport (\n\t\"testing\"\n\n\t\"" + library + "desk\"\n\t\"" + library + "lending\"\n)\n\nvar _ desk.Loans\nvar _ lending.Loan\n\nfunc TestC(*testing.T) {}\n"},
		{"an adapter that uses the network", "files/d.go",
			"package files\n\nimport (\n\t\"net/http\"\n\n\t\"" + library + "desk\"\n)\n\nvar _ desk.Loans\nvar _ http.Handler\n"},
		{"a file that is not Go", "lending/notes.txt", "import \"os\"\n"},
	} {
		if got := check(t, p.file, p.text); got != "" {
			t.Errorf("reported, although it obeys the rules: %s (%s)\n%s", p.what, p.file, got)
		}
	}
}
