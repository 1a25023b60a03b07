package impact

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/learn/patch"
)

const root = "../../.."

// An after is a tree with changed files.
type after struct {
	fs.FS
	changed map[string][]byte
}

func (a after) ReadFile(name string) ([]byte, error) {
	if text, ok := a.changed[name]; !ok {
		return fs.ReadFile(a.FS, name)
	} else if text != nil {
		return text, nil
	}
	return nil, fs.ErrNotExist
}

func changes(t *testing.T) []change {
	t.Helper()
	all, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("%d changes, want 10 at least", len(all))
	}
	return all
}

// Each change fits today's tree, and each of its slips fits the changed tree. The change of a service stays in that service.
func TestPatchesFit(t *testing.T) {
	t.Parallel()
	for _, c := range changes(t) {
		for _, service := range services {
			p := c.by[service]
			changed, err := p.change.Apply(os.DirFS(root))
			if err != nil {
				t.Errorf("%s/%s.patch: %v\nIf the code has changed for good, make the patch again from the changed code, by git diff --no-renames", c.name, service, err)
				continue
			}
			for i, slip := range p.slips {
				if _, err := slip.Apply(after{os.DirFS(root), changed}); err != nil {
					t.Errorf("%s/slip-%s-%s.patch: %v", c.name, slips[i], service, err)
				}
			}
			for name := range changed {
				if inNaive := strings.HasPrefix(name, "cmd/bench/naive/"); inNaive != (service == "naive") {
					t.Errorf("%s/%s.patch changes %s", c.name, service, name)
				}
			}
		}
	}
}

// Both services have the same three mistakes planted, none of them in a test.
func TestSlipsAreAlike(t *testing.T) {
	t.Parallel()
	for _, c := range changes(t) {
		for i, letter := range slips {
			naive, roster := c.by["naive"].slips[i], c.by["roster"].slips[i]
			if naive.Note != roster.Note {
				t.Errorf("%s, slip %s is %q in naive, and %q in roster", c.name, letter, naive.Note, roster.Note)
			}
			for _, f := range append(naive.Files, roster.Files...) {
				if isTest(f.Name) {
					t.Errorf("%s, slip %s changes the test %s", c.name, letter, f.Name)
				}
			}
		}
	}
}

// What is written is of these changes: their lines, their slips, the tables and the plot.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(root)
	results, err := readResults(tree)
	if err != nil {
		t.Fatal(err)
	}
	const advice = "measure again: go run ./cmd/learn impact --write"
	byName := make(map[string]change)
	for _, c := range changes(t) {
		byName[c.name] = c
	}
	for _, r := range results {
		c := byName[r.Change]
		for _, service := range services {
			measured, now := r.cost(service), count(c.by[service].change)
			now.TestsRun, now.TestPackages, now.Seconds = measured.TestsRun, measured.TestPackages, measured.Seconds
			if measured != now {
				t.Errorf("%s, %s: the cost is %+v, the patch has %+v: %s", r.Change, service, measured, now, advice)
			}
		}
		for i, s := range r.Slips {
			if note := c.by["naive"].slips[i].Note; s.Mistake != note {
				t.Errorf("%s, slip %s: %q is measured, the patch says %q: %s", r.Change, slips[i], s.Mistake, note, advice)
			}
		}
	}
	document, err := fs.ReadFile(tree, documentFile)
	if err != nil {
		t.Fatal(err)
	}
	for name := range byName {
		measured := slices.ContainsFunc(results, func(r Result) bool { return r.Change == name })
		if says := bytes.Contains(document, []byte("- "+name+" is not measured yet\n")); measured == says {
			t.Errorf("%s: it is measured: %t, and the document says that it is not: %t", name, measured, says)
		}
	}
	fresh, err := withTables(document, results)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := fs.ReadFile(tree, plotFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, fresh) || !bytes.Equal(drawn, []byte(plot(results))) {
		t.Errorf("%s or %s does not show %s: %s", path.Base(documentFile), path.Base(plotFile), path.Base(resultsFile), advice)
	}
}

// All tests are green after each change, and each slip is noticed by what the document says.
func TestVerdicts(t *testing.T) {
	if os.Getenv("ROSTER_IMPACT") == "" {
		t.Skip("make impact runs it: many minutes")
	}
	t.Parallel()
	before, err := readResults(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	now, err := Measurement{Root: root, Log: t.Output()}.measure(t.Context(), changes(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range now {
		for k, s := range r.Slips {
			for _, service := range services {
				if got, want := s.verdict(service).By, before[i].Slips[k].verdict(service).By; got != want {
					t.Errorf("%s, slip %s in %s is noticed by %s, the document says %s", r.Change, slips[k], service, got, want)
				}
			}
		}
	}
}

func TestLinesThatMoveDoNotCount(t *testing.T) {
	t.Parallel()
	text := "--- a/a.go\n+++ b/a.go\n@@ -1,4 +1,5 @@\n-\tone\n-\ttwo\n three\n+one\n+\n+\t\ttwo\n+four\n-five\n"
	p, err := patch.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if n := lines(p.Files[0]); n != 2 {
		t.Errorf("%d lines are changed, want 2: four is added, five is removed", n)
	}
}

// What go test says is read: a failed test with its name and text, a package that does not compile.
func TestReadOutcome(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]outcome{
		`{"Action":"pass","Package":"example.com/roster/a/b","Test":"TestA"}
{"Action":"pass","Package":"example.com/roster/a/b","Test":"TestA/sub"}
{"Action":"pass","Package":"example.com/roster/a/b"}`: {ran: 1, compiles: true},
		"go: downloading a v1.0.0\n" + `{"Action":"pass","Package":"example.com/roster/a/b","Test":"TestA"}
go: downloading b v1.0.0
{"Action":"pass","Package":"example.com/roster/a/b","Test":"TestB"}`: {ran: 2, compiles: true},
		`{"Action":"output","Package":"example.com/roster/a/b","Test":"TestA","Output":"why"}
{"Action":"fail","Package":"example.com/roster/a/b","Test":"TestA"}
{"Action":"fail","Package":"example.com/roster/a/b"}`: {ran: 1, compiles: true, failed: "b.TestA", output: "why"},
		`{"ImportPath":"example.com/roster/a/b","Action":"build-output","Output":"undefined: x"}
{"ImportPath":"example.com/roster/a/b","Action":"build-fail"}
{"Action":"fail","Package":"example.com/roster/a/b","FailedBuild":"example.com/roster/a/b"}`: {output: "undefined: x"},
	} {
		got := outcome{compiles: true}
		got.read([]byte(text))
		if got != want {
			t.Errorf("%s\ngot %+v, want %+v", text, got, want)
		}
	}
}

// A suite of which no test runs has not passed.
func TestSuiteWithoutTests(t *testing.T) {
	t.Parallel()
	here := tree{t.TempDir()}
	for name, text := range map[string]string{
		"go.mod":    "module example.com/roster\n\ngo 1.26\n",
		"a_test.go": "package roster\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n",
	} {
		if err := os.WriteFile(here.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := here.test(t.Context(), suite{".", "TestA"}); err != nil || o.ran != 1 {
		t.Errorf("got %+v, %v", o, err)
	}
	if _, err := here.test(t.Context(), suite{".", "TestB"}); err == nil || !strings.Contains(err.Error(), "ran no test") {
		t.Errorf("got %v", err)
	}
}

// A tree is as before after a change is undone, without a trace of files and folders that it made.
func TestApplyAndUndo(t *testing.T) {
	t.Parallel()
	checkout := t.TempDir()
	if err := os.WriteFile(path.Join(checkout, "a.go"), []byte("one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := newTree(checkout)
	if err != nil {
		t.Fatal(err)
	}
	p, err := patch.Parse("diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -1 +1 @@\n-one\n+two\ndiff --git a/new/folder/b.go b/new/folder/b.go\n--- /dev/null\n+++ b/new/folder/b.go\n@@ -0,0 +1 @@\n+b\n")
	if err != nil {
		t.Fatal(err)
	}
	undo, err := tree.apply(p)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(tree.path("a.go")); err != nil || string(text) != "two\n" {
		t.Errorf("changed: %q, %v", text, err)
	}
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(tree.path("a.go")); err != nil || string(text) != "one\n" {
		t.Errorf("undone: %q, %v", text, err)
	}
	if _, err := os.Stat(tree.path("new")); !os.IsNotExist(err) {
		t.Errorf("the folder new is still there: %v", err)
	}
	if err := tree.remove(); err != nil {
		t.Error(err)
	}
}
