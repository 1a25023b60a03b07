package merge

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/cmd/scaffold/internal/program"
)

// A repository is the owner's. The service may be in a folder of it.
type repository struct {
	program.In
	prefix string // of the service, such as services/booking/; or ""
	gitDir string
	head   string // the commit before the change
}

// openRepository returns the repository of the service in dir, if nothing in it is uncommitted.
func openRepository(dir string) (r repository, err error) {
	if _, err := os.Stat(dir); err != nil {
		return r, fmt.Errorf("the folder of the service: %w", err)
	}
	in := program.In{Dir: dir}
	facts, err := in.Ask("git", "rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix")
	if err != nil {
		return r, fmt.Errorf("%s is in no git repository: commit the service first, since git merges what changes", dir)
	}
	lines := strings.Split(facts+"\n", "\n")
	r = repository{In: program.In{Dir: filepath.FromSlash(lines[0])}, prefix: lines[2], gitDir: filepath.FromSlash(lines[1])}
	for _, state := range []string{"CHERRY_PICK_HEAD", "MERGE_HEAD", "REVERT_HEAD", "rebase-apply", "rebase-merge", "sequencer"} {
		if _, err := os.Stat(filepath.Join(r.gitDir, state)); err == nil {
			return r, errors.New("a merge or rebase is not complete: complete or abort it, as git status says: git cherry-pick --continue or --abort")
		}
	}
	if r.head, err = r.Ask("git", "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
		return r, errors.New("the repository has no commit: commit the service first")
	}
	r.In = r.Named()
	changed, err := r.Ask("git", "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return r, err
	}
	added, err := in.Ask("git", "status", "--porcelain", "--", ".")
	if err != nil {
		return r, err
	}
	if all := cmp.Or(changed, added); all != "" {
		first, _, _ := strings.Cut(all, "\n")
		return r, fmt.Errorf("files are not committed, such as %q: commit or stash them first, so that nothing of yours can be lost", first)
	}
	return r, nil
}

// file returns a file of the service as it is committed, and "" if there is none.
func (r repository) file(name string) string {
	text, _ := r.Run("git", "show", "HEAD:"+r.prefix+name)
	return text
}

// in returns the folder of the service in a checkout.
func (r repository) in(checkout string) string { return filepath.Join(checkout, r.prefix) }

// A draft is a checkout of the repository that has nothing but the service, with an index of its own.
type draft struct {
	program.In
	service string // its folder
}

// draft stages the service that a checkout has, without what git ignores. Elsewhere in the repository, nothing changes.
func (r repository) draft(checkout string) (draft, error) {
	in := program.In{Dir: checkout, Env: r.Env}.With("GIT_DIR="+r.gitDir, "GIT_WORK_TREE="+checkout, "GIT_INDEX_FILE="+checkout+".index")
	return draft{in, r.in(checkout)}, in.RunAll([]string{"git", "read-tree", "HEAD"}, []string{"git", "add", "--all", "--", "./" + r.prefix})
}

// commit stores what is staged as a commit that no branch has.
func (d draft) commit(message string, parents ...string) (string, error) {
	tree, err := d.Ask("git", "write-tree")
	if err != nil {
		return "", err
	}
	arguments := []string{"commit-tree", tree, "-m", message}
	for _, parent := range parents {
		arguments = append(arguments, "-p", parent)
	}
	return d.Ask("git", arguments...)
}
