package exercise_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/learn/exercise"
	"example.com/roster/cmd/learn/patch"
)

const checkout = "../../.."

func all(t *testing.T) []*exercise.Exercise {
	t.Helper()
	exercises, err := exercise.Load(os.DirFS(checkout))
	if err != nil {
		t.Fatal(err)
	}
	return exercises
}

// changed is a tree with some files changed.
type changed struct {
	fs.FS
	files map[string][]byte
}

func (c changed) Open(name string) (fs.File, error) {
	if text, ok := c.files[name]; ok {
		if text == nil {
			return nil, fs.ErrNotExist
		}
		return fstest.MapFS{name: &fstest.MapFile{Data: text}}.Open(name)
	}
	return c.FS.Open(name)
}

// Every patch of every exercise fits today's tree. If this fails, the code that an exercise is about has changed: start the exercise,
// change its working copy by hand, and make the patch again.
func TestExercisesFitTheTree(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(checkout)
	chapters := make(map[string]bool)
	for i, e := range all(t) {
		if e.N != i+1 {
			t.Errorf("%s: want number %d", e.Name, i+1)
		}
		chapters[e.Chapter] = true
		start, err := e.Start(tree)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		started := changed{tree, start}
		for _, file := range e.Files {
			if _, err := fs.Stat(started, file); err != nil {
				t.Errorf("%s: the learner is to change %s: %v", e.Name, file, err)
			}
		}
		patches := []string{"solution.patch"}
		for _, prefix := range []string{"wrong", "mutant"} {
			names, err := e.Patches(prefix)
			if err != nil {
				t.Fatal(err)
			}
			patches = append(patches, names...)
		}
		for _, name := range patches {
			p, err := e.Patch(name)
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
				continue
			}
			if _, err := p.Apply(started); err != nil {
				t.Errorf("%s: %s: %v", e.Name, name, err)
			}
			if strings.HasPrefix(name, "mutant") && p.Note == "" {
				t.Errorf("%s: %s: want a first line that says what is wrong", e.Name, name)
			}
		}
		wrong, passes := wrongOf(t, e), false
		for _, n := range wrong {
			passes = passes || n.passes
		}
		if len(wrong) < 3 || !passes {
			t.Errorf("%s: want three wrong solutions or more, one of which passes the given tests, got %v", e.Name, wrong)
		}
	}
	for chapter := range exercise.Chapters {
		if !chapters[chapter] {
			t.Errorf("chapter %s has no exercise", chapter)
		}
	}
}

// The starting state fails for the reason that the exercise is about, and the solution passes. In make exercises, wrong solutions are
// refused, too, for their reasons. One of them passes all tests that the learner is given: the check sees more.
func TestChecks(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("ROSTER_LONG is not set")
	}
	// Go compiles a package again in another folder, so all working copies are made in the same two.
	workshops := make(chan exercise.Workshop, 2)
	workshops <- workshop(t)
	workshops <- workshop(t)
	for _, e := range all(t) {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			w := <-workshops
			defer func() { workshops <- w }()
			e.Name = "copy"
			if err := errors.Join(os.RemoveAll(w.Copy(e)), w.Start(e)); err != nil {
				t.Fatal(err)
			}
			if got := check(t, w, e); exercise.Done(got) || !strings.Contains(print(got), e.Unsolved) {
				t.Errorf("the starting state: want %q, got\n%s", e.Unsolved, print(got))
			}
			apply(t, w, e, "solution.patch")
			if got := check(t, w, e); !exercise.Done(got) {
				t.Errorf("the solution is refused:\n%s", print(got))
			}
			if os.Getenv("ROSTER_EXERCISES") != "" {
				checkWrong(t, w, e)
			}
		})
	}
}

func checkWrong(t *testing.T, w exercise.Workshop, e *exercise.Exercise) {
	t.Helper()
	passes := 0
	for name, note := range wrongOf(t, e) {
		apply(t, w, e, name)
		got := check(t, w, e)
		if exercise.Done(got) || !strings.Contains(print(got), note.refused) {
			t.Errorf("%s: want %q, got\n%s", name, note.refused, print(got))
		}
		if note.passes {
			passes++
			if !givenPass(e, got) {
				t.Errorf("%s does not pass the given tests:\n%s", name, print(got))
			}
		}
	}
	if passes == 0 {
		t.Error("no wrong solution passes the given tests")
	}
}

// A note is what stands above a wrong solution.
type note struct {
	refused string // a part of what the check says
	passes  bool   // the tests that the learner is given
}

func wrongOf(t *testing.T, e *exercise.Exercise) map[string]note {
	t.Helper()
	names, err := e.Patches("wrong")
	if err != nil {
		t.Fatal(err)
	}
	notes := make(map[string]note)
	for _, name := range names {
		p, err := e.Patch(name)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(p.Note, "\n")
		refused, ok := strings.CutPrefix(first, "Refused: ")
		if !ok {
			t.Errorf("%s: %s: the first line must be \"Refused: \" and a part of what the check says", e.Name, name)
		}
		notes[name] = note{refused, strings.Contains(rest, "Passes the given tests.")}
	}
	return notes
}

var long = os.Getenv("ROSTER_LONG") != ""

func workshop(t *testing.T) exercise.Workshop {
	t.Helper()
	return exercise.Workshop{Checkout: checkout, Dir: t.TempDir()}
}

func check(t *testing.T, w exercise.Workshop, e *exercise.Exercise) []exercise.Result {
	t.Helper()
	results, err := w.Check(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func apply(t *testing.T, w exercise.Workshop, e *exercise.Exercise, name string) {
	t.Helper()
	if _, err := w.Apply(e, name); err != nil {
		t.Fatal(err)
	}
}

// givenPass reports whether the tests pass that the learner sees: given ones, and those that the learner writes.
func givenPass(e *exercise.Exercise, results []exercise.Result) bool {
	if len(results) != len(e.Steps)+1 { // the first says that the code compiles
		return false
	}
	for i, s := range e.Steps {
		r := results[i+1]
		if len(s.Test) > 0 && len(s.With) == 0 && !r.OK || strings.Contains(r.Detail, "The tests fail on the code as it is") {
			return false
		}
	}
	return true
}

func print(results []exercise.Result) string {
	var b strings.Builder
	for _, r := range results {
		b.WriteString(r.Says + "\n" + r.Detail + "\n")
	}
	return b.String()
}

// A reset saves what the learner has changed or added, and nothing else. It does not touch the checkout.
func TestResetLosesNothing(t *testing.T) {
	t.Parallel()
	w, e := workshop(t), all(t)[0]
	if _, err := w.Reset(e); err != exercise.ErrNotStarted {
		t.Errorf("before the start: got %v", err)
	}
	if err := w.Start(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(e); err != exercise.ErrStarted {
		t.Errorf("a second start: got %v", err)
	}
	if saved, err := w.Reset(e); saved != "" || err != nil {
		t.Errorf("nothing was changed, but it saved %q, %v", saved, err)
	}
	mine := map[string]string{
		"domain/mine.go": "package domain\n", "domain/doc.go": "package domain // changed\n", "_mine.txt": "mine", "bin/mine": "mine", ".git/HEAD": "mine",
	}
	for range 2 {
		for name, text := range mine {
			if err := patch.Write(w.Copy(e), map[string][]byte{name: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
		saved, err := w.Reset(e)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]string)
		err = fs.WalkDir(os.DirFS(saved), ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				text, _ := os.ReadFile(filepath.Join(saved, name))
				got[name] = string(text)
			}
			return err
		})
		if err != nil || !maps.Equal(got, mine) {
			t.Errorf("saved %v, %v, want %v", got, err, mine)
		}
		if _, err := os.Stat(filepath.Join(w.Copy(e), "domain/mine.go")); err == nil {
			t.Error("the new working copy has the old file")
		}
	}
	saved, err := filepath.Glob(filepath.Join(w.Dir, "saved", "*"))
	if err != nil || len(saved) != 2 {
		t.Errorf("want two saved folders, got %q, %v", saved, err)
	}
}

// An earlier reset was killed, or failed. The learner's work of that time is saved, too.
func TestResetAfterAResetThatDidNotFinish(t *testing.T) {
	t.Parallel()
	w, e := workshop(t), all(t)[0]
	if err := w.Start(e); err != nil {
		t.Fatal(err)
	}
	if err := patch.Write(w.Copy(e)+".old", map[string][]byte{"mine.txt": []byte("earlier")}); err != nil {
		t.Fatal(err)
	}
	if err := patch.Write(w.Copy(e), map[string][]byte{"mine.txt": []byte("now")}); err != nil {
		t.Fatal(err)
	}
	saved, err := w.Reset(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{filepath.Join(e.Name+".old", "mine.txt"): "earlier", "mine.txt": "now"} {
		if got, err := os.ReadFile(filepath.Join(saved, name)); string(got) != want {
			t.Errorf("%s has %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := os.Stat(w.Copy(e) + ".old"); err == nil {
		t.Error("the old working copy is still there")
	}
}

func TestNotInsideTheCheckout(t *testing.T) {
	t.Parallel()
	w := exercise.Workshop{Checkout: checkout, Dir: filepath.Join(checkout, "learn")}
	if err := w.Start(all(t)[0]); err == nil || !strings.Contains(err.Error(), "inside the checkout") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(w.Dir); err == nil {
		t.Errorf("%s was made", w.Dir)
	}
}

func TestUnknownNumber(t *testing.T) {
	t.Parallel()
	exercises := all(t)
	if _, err := workshop(t).Find(len(exercises) + 1); err == nil || !strings.Contains(err.Error(), "there are 1 to") {
		t.Errorf("got %v", err)
	}
	if !slices.IsSortedFunc(exercises, func(a, b *exercise.Exercise) int { return a.N - b.N }) {
		t.Error("the exercises are out of order")
	}
}
