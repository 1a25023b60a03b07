package docs_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/proof/docs"
)

// A reader who follows the README in a fresh clone needs Go, make, git and the utilities of POSIX, and nothing else.
func TestReadmeInAClone(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it compiles a clone of this repository; make check runs it")
	}
	t.Parallel()
	needShell(t)
	dir := filepath.Join(t.TempDir(), "roster")
	clone(t, "../../..", dir)
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // only a hang takes so long
	defer cancel()
	if err := docs.Follow(ctx, string(readme), dir, tools(t)); err != nil {
		t.Errorf("README.md: %v", err)
	}
}

// clone makes a repository of the files that a clone would have after a commit.
func clone(t *testing.T, from, to string) {
	t.Helper()
	list, err := git(t, from, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		t.Skipf("NOT RUN: it needs git, and a repository: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue // removed, but not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet"}, {"add", "--all"},
		{"-c", "user.name=reader", "-c", "user.email=reader@localhost", "commit", "--quiet", "--no-gpg-sign", "-m", "Clone"},
	} {
		if output, err := git(t, to, args...); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, output)
		}
	}
}

func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", args...)
	command.Dir = dir
	output, err := command.Output()
	return string(output), err
}

// utilities are those of POSIX.1-2024 that are programs, without those that edit, compile, print on paper or administer.
const utilities = `awk basename cat chmod cksum cmp comm cp cut date dd df diff dirname du echo env expand expr false find fold getconf
	grep head id join kill ln locale ls mkdir mkfifo mv nl nohup od paste pathchk pr printf ps pwd rm rmdir sed sh sleep sort split tail
	tee test timeout touch tr true tsort tty uname unexpand uniq wc xargs`

// tools returns a folder with nothing but Go, make, git and the utilities of POSIX.
func tools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(strings.Fields(utilities), "go", "make", "git") {
		program, err := exec.LookPath(name)
		if err != nil {
			if name == "make" || name == "git" {
				t.Skipf("NOT RUN: the README needs %s, which is not on PATH", name)
			}
			continue // no document may need it then
		}
		if program, err = filepath.Abs(program); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
			t.Skipf("NOT RUN: a PATH with a few programs needs symbolic links: %v", err)
		}
	}
	return dir
}
