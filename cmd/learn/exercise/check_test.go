package exercise_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/learn/exercise"
	"example.com/roster/cmd/learn/patch"
)

// checkSmall checks the starting state of an exercise about a module of one package, whose only test passes. The steps are those of its
// exercise.yaml, and the other files are changed in the working copy. dir is the learner's folder.
func checkSmall(t *testing.T, dir, steps string, changed map[string]string) []exercise.Result {
	t.Helper()
	w := exercise.Workshop{Checkout: t.TempDir(), Dir: dir}
	write := func(dir string, files map[string]string) {
		t.Helper()
		for name, text := range files {
			if err := patch.Write(dir, map[string][]byte{name: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	const (
		folder = exercise.Folder + "/01-small/"
		begin  = "package small\n\nimport \"testing\"\n\n"
		step   = "- {right: Right., wrong: Wrong., test: [.], "
	)
	write(w.Checkout, map[string]string{
		"go.mod":                             "module example.com/small\n\ngo 1.26\n",
		"small_test.go":                      begin + "func TestGiven(t *testing.T) {}\n",
		folder + "check/small_check_test.go": begin + "func TestHidden(t *testing.T) { t.Error(\"it is seen\") }\n",
		folder + "exercise.yaml":             "chapter: a\nfiles: [small_test.go]\nunsolved: x\ncheck:\n" + step + steps + "}\n",
		folder + "text.md":                   "# Small\n\nGoal.\n\n## Do\n\nIt.\n\n## Hint 1\n\na\n\n## Hint 2\n\nb\n\n## Hint 3\n\nc\n\n## What it taught\n\nd\n",
	})
	e, err := w.Find(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(e); err != nil {
		t.Fatal(err)
	}
	write(w.Copy(e), changed)
	return check(t, w, e)
}

func TestProgramThatEndsInATest(t *testing.T) {
	t.Parallel()
	got := checkSmall(t, t.TempDir(), "run: Test", map[string]string{
		"end_test.go": "package small\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestEnd(t *testing.T) { os.Exit(3) }\n",
	})
	if exercise.Done(got) || !strings.Contains(print(got), "ended in the middle of a test") {
		t.Errorf("got\n%s", print(got))
	}
}

// The compiler finds the hidden tests in a folder that is reached through a symbolic link, too.
func TestHiddenTestsThroughALink(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Skip(err)
	}
	got := checkSmall(t, link, "with: [small_check_test.go]", nil)
	if exercise.Done(got) || !strings.Contains(print(got), "it is seen") {
		t.Errorf("got\n%s", print(got))
	}
}

// A check with tests of its own does not pass if none of them runs.
func TestCheckThatRunsNoTest(t *testing.T) {
	t.Parallel()
	got := checkSmall(t, t.TempDir(), "run: ^TestNone$, with: [small_check_test.go]", nil)
	if exercise.Done(got) || !strings.Contains(print(got), "no tests to run") {
		t.Errorf("got\n%s", print(got))
	}
}
