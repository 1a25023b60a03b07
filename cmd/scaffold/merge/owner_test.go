package merge

import (
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/scaffold/internal/program"
)

// improve commits a further version of the template, with other texts of some files.
func (w *work) improve(t *testing.T, files map[string]string) {
	t.Helper()
	write(t, filepath.Join(w.template, "files"), files)
	commitAll(t, w.template, "Improve it further")
}

// A rebase or cherry-pick that is not complete is refused. One that was completed is not, though git leaves its REBASE_HEAD after a conflict.
func TestUpdateAfterARebase(t *testing.T) {
	t.Parallel()
	w := newWork(t, "")
	in := program.In{Dir: w.dir}
	add := func(fruit string) {
		write(t, w.dir, map[string]string{"fruit.txt": fruit})
		commitAll(t, w.dir, "Add a "+fruit)
	}
	conflict := func(arguments ...string) {
		if _, err := in.Run("git", arguments...); err == nil {
			t.Fatalf("%q stops nowhere", arguments)
		}
		write(t, w.dir, map[string]string{"fruit.txt": "melon"})
		git(t, w.dir, "add", "fruit.txt")
	}
	refused := func(state string) {
		t.Helper()
		if out, err := w.run(Change{}); err == nil || !strings.Contains(err.Error(), "not complete") {
			t.Errorf("%s: %s, %v", state, out, err)
		}
	}
	git(t, w.dir, "checkout", "--quiet", "-b", "topic")
	add("banana")
	add("cherry")
	git(t, w.dir, "checkout", "--quiet", "main")
	add("apple")
	conflict("cherry-pick", "topic~1", "topic")
	git(t, w.dir, "commit", "--quiet", "-m", "Add a melon")
	refused("one commit of two is picked")
	git(t, w.dir, "reset", "--quiet", "--hard", "HEAD~1")
	git(t, w.dir, "cherry-pick", "--quit")

	if _, err := in.Run("git", "rebase", "--exec", "false", "HEAD~1"); err == nil {
		t.Fatal("the rebase does not stop")
	}
	refused("a rebase stops without a conflict")
	git(t, w.dir, "rebase", "--abort")

	git(t, w.dir, "checkout", "--quiet", "topic")
	git(t, w.dir, "reset", "--quiet", "--hard", "HEAD~1")
	conflict("rebase", "main")
	refused("a rebase has a conflict")
	git(t, w.dir, "-c", "core.editor=true", "rebase", "--continue")
	if out, err := w.run(Change{}); err != nil {
		t.Errorf("the rebase is complete: %v\n%s", err, out)
	}
}
