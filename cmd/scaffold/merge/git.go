package merge

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A command runs a program in a folder, with further variables of the environment.
type command struct {
	dir string
	env []string
}

// run returns what the program prints. Its error has what the program says.
func (c command) run(program string, arguments ...string) (string, error) {
	p := exec.Command(program, arguments...)
	p.Dir, p.Env = c.dir, append(os.Environ(), c.env...)
	var output, said bytes.Buffer
	p.Stdout, p.Stderr = &output, &said
	err := p.Run()
	if text := strings.TrimSpace(said.String()); err != nil && text != "" {
		err = errors.New(text)
	}
	return output.String(), err
}

func (c command) git(arguments ...string) (string, error) {
	output, err := c.run("git", arguments...)
	return strings.TrimRight(output, "\n"), err
}

// list returns the names that a git command prints with -z.
func (c command) list(arguments ...string) ([]string, error) {
	output, err := c.run("git", arguments...)
	return strings.FieldsFunc(output, func(r rune) bool { return r == 0 }), err
}

// A repository is the owner's. The service may be in a folder of it.
type repository struct {
	command
	prefix string // of the service, such as services/booking/; or ""
	gitDir string
}

// openRepository returns the repository of the service in dir, if nothing in it is uncommitted.
func openRepository(dir string) (r repository, err error) {
	if _, err := os.Stat(dir); err != nil {
		return r, fmt.Errorf("the folder of the service: %w", err)
	}
	in := command{dir: dir}
	facts, err := in.git("rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix")
	if err != nil {
		return r, fmt.Errorf("%s is in no git repository: commit the service first, since git merges what changes", dir)
	}
	lines := strings.Split(facts+"\n", "\n")
	r = repository{command{dir: filepath.FromSlash(lines[0])}, lines[2], filepath.FromSlash(lines[1])}
	for _, state := range []string{"CHERRY_PICK_HEAD", "MERGE_HEAD", "REBASE_HEAD", "REVERT_HEAD"} {
		if _, err := os.Stat(filepath.Join(r.gitDir, state)); err == nil {
			return r, errors.New("a merge is not complete: resolve the conflicts and commit them (git cherry-pick --continue), or undo it (git cherry-pick --abort)")
		}
	}
	if _, err := r.git("rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
		return r, errors.New("the repository has no commit: commit the service first")
	}
	changed, err := r.git("status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return r, err
	}
	added, err := in.git("status", "--porcelain", "--", ".")
	if err != nil {
		return r, err
	}
	if all := cmp.Or(changed, added); all != "" {
		first, _, _ := strings.Cut(all, "\n")
		return r, fmt.Errorf("files are not committed, such as %q: commit or stash them first, so that nothing of yours can be lost", strings.TrimSpace(first))
	}
	return r, nil
}

// file returns a file of the service as it is committed, and "" if there is none.
func (r repository) file(name string) string {
	text, err := r.run("git", "show", "HEAD:"+r.prefix+name)
	if err != nil {
		return ""
	}
	return text
}

// withIndex returns a command in dir whose index is a file of its own.
func (r repository) withIndex(dir, file string) command {
	return command{dir, []string{"GIT_DIR=" + r.gitDir, "GIT_WORK_TREE=" + dir, "GIT_INDEX_FILE=" + file}}
}

// tree stores the files of a folder, without those that git ignores, as if they were the service, and returns the tree.
func (r repository) tree(folder, work string) (string, error) {
	in := r.withIndex(folder, filepath.Join(work, "index"))
	if _, err := in.git("read-tree", "--empty"); err != nil {
		return "", err
	}
	if _, err := in.git("add", "--all"); err != nil {
		return "", err
	}
	tree, err := in.git("write-tree")
	if err != nil || r.prefix == "" {
		return tree, err
	}
	in = r.withIndex(r.dir, filepath.Join(work, "index"))
	for _, step := range [][]string{
		{"read-tree", "HEAD"}, {"rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", r.prefix}, {"read-tree", "--prefix=" + r.prefix, tree},
	} {
		if _, err := in.git(step...); err != nil {
			return "", err
		}
	}
	return in.git("write-tree")
}

// commit stores a commit that no branch has.
func (r repository) commit(tree, message string, parents ...string) (string, error) {
	arguments := []string{"commit-tree", tree, "-m", message}
	for _, parent := range parents {
		arguments = append(arguments, "-p", parent)
	}
	return r.withName().git(arguments...)
}

// withName names an author if the owner has told git none.
func (r repository) withName() command {
	if _, err := r.git("var", "GIT_COMMITTER_IDENT"); err == nil {
		return r.command
	}
	const name, email = "scaffold", "scaffold@localhost"
	return command{r.dir, []string{"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + email, "GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + email}}
}
