package merge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/cmd/scaffold/internal/program"
)

// pick brings both commits to a checkout of the repository. It prints and returns the files with conflicts, which are no error.
func (m *merging) pick(checkout string) (conflicts []string, err error) {
	attributes := filepath.Join(m.work, "attributes")
	// What is generated is the template's until it is generated again. The lines of go.sum are a set.
	text := strconv.Quote("/"+m.repo.prefix+"go.sum") + " merge=union\n"
	for _, name := range m.generated {
		text += strconv.Quote("/"+m.repo.prefix+name) + " merge=generated\n"
	}
	if err := os.WriteFile(attributes, []byte(text), 0o600); err != nil {
		return nil, err
	}
	in := program.In{Dir: checkout, Env: m.repo.Env}
	_, wrong := in.Run("git", "-c", "core.attributesFile="+attributes, "-c", `merge.generated.driver=cp "%B" "%A"`,
		"cherry-pick", "--allow-empty", "--keep-redundant-commits", m.changed, m.recorded)
	if conflicts, err = in.List("git", "diff", "-z", "--name-only", "--diff-filter=U"); len(conflicts) > 0 {
		wrong = nil
	}
	for _, name := range conflicts {
		fmt.Fprintf(m.out, "  conflict: %s\n", name)
	}
	return conflicts, errors.Join(wrong, err)
}

// show prints what would change, by a merge in a checkout that it removes again.
func (m *merging) show() error {
	checkout := filepath.Join(m.work, "checkout")
	defer program.In{Dir: m.repo.Dir, Always: true}.Run("git", "worktree", "remove", "--force", checkout)
	if _, err := m.repo.Run("git", "worktree", "add", "--quiet", "--detach", checkout, "HEAD"); err != nil {
		return err
	}
	if _, err := m.pick(checkout); err != nil {
		return err
	}
	changes, err := program.In{Dir: checkout}.Run("git", "diff", "--stat=120", "--find-renames", "--diff-filter=u", m.repo.head)
	if err != nil {
		return err
	}
	fmt.Fprint(m.out, changes)
	fmt.Fprintln(m.out, "\nNothing was changed. Run the command again without --dry-run to merge.")
	return nil
}

// merge merges in the owner's checkout.
func (m *merging) merge() error {
	if _, err := m.repo.Run("git", "update-ref", "ORIG_HEAD", m.repo.head); err != nil { // cherry-pick does not set it
		return err
	}
	conflicts, err := m.pick(m.repo.Dir)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return fmt.Errorf("files in which you and the template have changed the same lines: %d. Resolve them, for example by git mergetool, then run:\n\n"+
			"  git add --update && git cherry-pick --continue && make generate\n\nor undo the merge by git cherry-pick --abort", len(conflicts))
	}
	generated := m.generate()
	changes, err := m.repo.Run("git", "diff", "--shortstat", "--find-renames", m.repo.head, "HEAD")
	if err != nil {
		return err
	}
	fmt.Fprintf(m.out, "%s:%s\nTo see what changed, run git diff %.12s. Next, run make generate and make test.\n",
		m.subject(), strings.TrimRight(changes, "\n"), m.repo.head)
	return generated
}

// generate generates code again if the owner had changed what is generated, and adds it to the last commit.
func (m *merging) generate() error {
	changed, err := m.repo.List("git", "diff", "-z", "--name-only", m.base, m.repo.head, "--", m.repo.prefix+".")
	if err != nil {
		return err
	}
	stale := func(name string) bool { return slices.Contains(changed, m.repo.prefix+name) }
	if !slices.ContainsFunc(append(m.generated, "go.sum"), stale) {
		return nil
	}
	in := program.In{Dir: m.repo.in(m.repo.Dir), Env: m.repo.Env}.With("GOWORK=off")
	if err := in.RunAll([]string{"go", "mod", "tidy"}, []string{"go", "generate", "-run", "^//go:generate go tool ", "./..."},
		[]string{"git", "commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify"}); err != nil {
		return fmt.Errorf("the merge is committed, but code could not be generated again: %w\nFix that, run make generate, and commit what it writes", err)
	}
	return nil
}
