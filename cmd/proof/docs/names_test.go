package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	release     = regexp.MustCompile(`(?m)^## \[(v[\d.]+)\]`)
	version     = regexp.MustCompile(`(?m)(?:^|[\s*(])(v\d+\.\d+\.\d+)\b`)
	function    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	namesOfTest = regexp.MustCompile(`(?:^|[^.\w])(?:([\w./-]+\.go):)?((?:Test|Fuzz|Benchmark)[A-Z]\w*)`)
)

// Every version and every test that a document names exists.
func TestNamesInDocuments(t *testing.T) {
	t.Parallel()
	changes, err := os.ReadFile(root + "CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testsIn(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	eachDocument(t, func(document, text string) {
		switch filepath.Base(document) {
		case "CHANGELOG.md", "renamed.md", "echo-v5.md": // they have old names, and versions of another module
			return
		}
		for _, name := range append(unreleased(text, string(changes)), missingTests(text, tests)...) {
			t.Errorf("%s: there is no %s", strings.TrimPrefix(document, root), name)
		}
	})
}

// unreleased returns the versions that a document names and that are no heading of the change log.
func unreleased(text, changes string) (found []string) {
	for _, v := range version.FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(release.FindAllStringSubmatch(changes, -1), func(r []string) bool { return r[1] == v[1] }) {
			found = append(found, v[1])
		}
	}
	return found
}

// missingTests returns the tests that a document names and that exist neither in the tree nor in its own code, or not in the file that it
// names. A name after -run may be the beginning of one. A name with its package, such as naive.TestFile, is that of a test in another tree.
func missingTests(text string, tests map[string]string) (found []string) {
	var own []string
	for _, f := range function.FindAllStringSubmatch(text, -1) {
		own = append(own, f[1])
	}
	for line := range strings.Lines(text) {
		for _, m := range namesOfTest.FindAllStringSubmatch(line, -1) {
			is := func(name string) bool {
				return name == m[2] || strings.Contains(line, " -run ") && strings.HasPrefix(name, m[2])
			}
			if !slices.ContainsFunc(append(strings.Fields(tests[m[1]]), own...), is) {
				found = append(found, strings.TrimPrefix(m[1]+":"+m[2], ":"))
			}
		}
	}
	return found
}

// testsIn returns the names of the tests in each file, and of all of them under "". Suites are tests, too.
func testsIn(fsys fs.FS) (map[string]string, error) {
	tests := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.ContainsAny(base[:1], "._"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		for _, f := range function.FindAllStringSubmatch(string(source), -1) {
			tests[name] += f[1] + " "
			tests[""] += f[1] + " "
		}
		return err
	})
	return tests, err
}

func TestNamesOfNothingAreFound(t *testing.T) {
	t.Parallel()
	tests, err := testsIn(fstest.MapFS{
		"a/a_test.go":     {Data: []byte("package a\n\nfunc TestOne(t *testing.T) {}\nfunc FuzzTwo(f *testing.F) {}\n")},
		"a/suite.go":      {Data: []byte("package a\n\nfunc TestStore(t *testing.T) {}\n")},
		"_b/b_test.go":    {Data: []byte("package b\n\nfunc TestThree(t *testing.T) {}\n")},
		"b/c.go.txt":      {Data: []byte("package b\n\nfunc TestFour(t *testing.T) {}\n")},
		"b/other_test.go": {Data: []byte("package b\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"`TestOne`, (`a/a_test.go:FuzzTwo`), TestStore/swap, naive.TestBulk": "[]",
		"go test -run TestO ./a": "[]", "TestO": "[TestO]", "TestThree TestFour": "[TestThree TestFour]",
		"```go\nfunc TestOwn(t *testing.T) {\n```\n`TestOwn`": "[]",
		"`b/other_test.go:TestOne`":                           "[b/other_test.go:TestOne]",
	} {
		if got := fmt.Sprint(missingTests(text, tests)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	const changes = "## [Unreleased]\n\n## [v0.2.0] - 2026-11-28\n"
	for text, want := range map[string]string{
		"Since v0.3.0, so": "[v0.3.0]", "**To v0.2.0 and": "[]", "a@v0.0.1, echo/blob/v5.4.5": "[]", "v0.2.1\n(v0.2.0)": "[v0.2.1]",
	} {
		if got := fmt.Sprint(unreleased(text, changes)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
