package merge

import (
	"os"
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

// An owner makes files of their own from the template's, and deletes these: their own files stay as they are, and the update names what the
// template has changed. A file that the owner has moved gets the change, even if much of it is the owner's.
func TestUpdateOfDeletedFiles(t *testing.T) {
	t.Parallel()
	w := newWork(t, "services/my booking")
	own := func(text string, lines int) string {
		return strings.Replace(text, "A line about what the ", "A line of the ", lines)
	}
	files := w.files(t)
	git(t, w.dir, "mv", "deleted.txt", "booking.txt")
	git(t, w.dir, "mv", "deleted-later.txt", "bookings.txt")
	git(t, w.dir, "mv", "old.txt", "new-booking.txt")
	if err := os.Mkdir(filepath.Join(w.dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, w.dir, "mv", "kept.txt", "folder/kept.txt")
	owners := map[string]string{
		"booking.txt": own(files["deleted.txt"], 3), "bookings.txt": own(files["deleted-later.txt"], 3), "new-booking.txt": own(files["old.txt"], 3),
		"folder/kept.txt": own(files["kept.txt"], 4),
	}
	write(t, w.dir, owners)
	commitAll(t, w.repo, "Have bookings")
	if err := os.Remove(filepath.Join(w.template, "files", "new.txt")); err != nil { // which was old.txt
		t.Fatal(err)
	}
	commitAll(t, w.template, "Remove a file")

	out, err := w.run(Change{})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	owners["folder/kept.txt"] = strings.Replace(owners["folder/kept.txt"], "Two.", "Three.", 1)
	after := w.files(t)
	for name, want := range owners {
		if after[name] != want {
			t.Errorf("%s is %q, want %q", name, after[name], want)
		}
	}
	for name, want := range map[string]bool{"deleted.txt": true, "deleted-later.txt": true, "old.txt": false, "kept.txt": false} {
		if said := strings.Contains(out, "  services/my booking/"+name+" stays deleted"); said != want {
			t.Errorf("it says that %s stays deleted: %v, want %v\n%s", name, said, want, out)
		}
	}
	for _, name := range []string{"deleted.txt", "deleted-later.txt", "renamed.txt", "old.txt", "kept.txt"} {
		if _, there := after[name]; there {
			t.Errorf("%s is there again", name)
		}
	}
}

// An update generates code again if the owner has changed what is generated, and commits it without hooks. If that fails, so does the update.
func TestUpdateGenerates(t *testing.T) {
	t.Parallel()
	for mod, fails := range map[string]bool{"go  1.26\n": false, "gone 1.26\n": true} {
		w := newWork(t, "")
		hooks := filepath.Join(w.template, "hooks")
		write(t, hooks, map[string]string{"pre-commit": "#!/bin/sh\nexit 1\n"})
		if err := os.Chmod(filepath.Join(hooks, "pre-commit"), 0o755); err != nil {
			t.Fatal(err)
		}
		mod = "module example.com/acme/booking\n\n" + mod
		write(t, w.dir, map[string]string{"made.go": generatedLine + "package made\n\nconst Mine = 1\n", "go.mod": mod})
		commitAll(t, w.dir, "Change")
		git(t, w.dir, "config", "core.hooksPath", hooks)
		out, err := w.run(Change{})
		if fails && (err == nil || !strings.Contains(err.Error(), "gone") || !strings.Contains(err.Error(), "run make generate")) || !fails && err != nil {
			t.Errorf("%q: %v\n%s", mod, err, out)
		}
		tidy := w.files(t)["go.mod"] != mod
		if status := git(t, w.dir, "status", "--porcelain"); tidy == fails || status != "" || !strings.Contains(out, "git diff") {
			t.Errorf("%q is tidy: %v, not committed is %q\n%s", mod, tidy, status, out)
		}
	}
}
