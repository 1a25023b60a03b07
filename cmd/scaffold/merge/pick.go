package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// pick brings both commits to a checkout of the repository. It returns the files with conflicts, which are no error.
func (m *merging) pick(dir string) (conflicts []string, err error) {
	attributes := filepath.Join(m.work, "attributes")
	// What is generated is the template's until it is generated again. The lines of go.sum are a set.
	text := "/" + m.prefix + "go.sum merge=union\n"
	for _, name := range m.generated {
		text += "/" + m.prefix + name + " merge=generated\n"
	}
	if err := os.WriteFile(attributes, []byte(text), 0o600); err != nil {
		return nil, err
	}
	in := m.withName()
	in.dir = dir
	_, wrong := in.git("-c", "core.attributesFile="+attributes, "-c", `merge.generated.driver=cp "%B" "%A"`,
		"cherry-pick", "--allow-empty", "--keep-redundant-commits", m.changed, m.recorded)
	if conflicts, err = in.list("diff", "-z", "--name-only", "--diff-filter=U"); len(conflicts) > 0 {
		wrong = nil
	}
	return conflicts, errors.Join(wrong, err)
}

// show prints what would change, by a merge in a checkout that it removes again.
func (m *merging) show() error {
	dir := filepath.Join(m.work, "checkout")
	if _, err := m.git("worktree", "add", "--quiet", "--detach", dir, "HEAD"); err != nil {
		return err
	}
	defer m.git("worktree", "remove", "--force", dir)
	conflicts, err := m.pick(dir)
	if err != nil {
		return err
	}
	changes, err := command{dir: dir}.run("git", "diff", "--stat=120", "--find-renames", "--diff-filter=u", m.head())
	if err != nil {
		return err
	}
	fmt.Fprint(m.out, changes)
	for _, name := range conflicts {
		fmt.Fprintf(m.out, " conflict: %s\n", name)
	}
	fmt.Fprintln(m.out, "\nNothing was changed. Run the command again without --dry-run to merge.")
	return nil
}

func (m *merging) head() string {
	head, _ := m.git("rev-parse", "HEAD") // exists: see openRepository
	return head
}

// merge merges in the owner's checkout.
func (m *merging) merge() error {
	before := m.head()
	conflicts, err := m.pick(m.dir)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		for _, name := range conflicts {
			fmt.Fprintf(m.out, "  conflict: %s\n", name)
		}
		return fmt.Errorf("files in which you and the template have changed the same lines: %d. Resolve them, for example by git mergetool, then run:\n\n"+
			"  git add --all && git cherry-pick --continue && make generate\n\nor undo the merge by git cherry-pick --abort", len(conflicts))
	}
	if err := m.generate(before); err != nil {
		fmt.Fprintf(m.out, "Code could not be generated again: %v\n", err)
	}
	changes, err := m.run("git", "diff", "--shortstat", "--find-renames", before, "HEAD")
	if err != nil {
		return err
	}
	fmt.Fprintf(m.out, "%s:%s\nTo see what changed, run git diff %.12s. Next, run make generate and make test.\n", m.subject(), strings.TrimRight(changes, "\n"), before)
	return nil
}

// generate generates code again if the owner had changed what is generated, and adds it to the last commit.
func (m *merging) generate(before string) error {
	both, err := m.list("diff", "-z", "--name-only", m.base, before, "--", m.prefix+".")
	if err != nil {
		return err
	}
	root := filepath.Join(m.dir, filepath.FromSlash(m.prefix))
	in := command{root, []string{"GOWORK=off"}}
	ours := make(map[string]bool)
	for _, name := range both {
		ours[strings.TrimPrefix(name, m.prefix)] = true
	}
	stale := ours["go.sum"]
	for _, name := range m.generated {
		stale = stale || ours[name]
	}
	if !stale {
		return nil
	}
	if _, err := in.run("go", "mod", "tidy"); err != nil {
		return err
	}
	folders, err := generating(root)
	if err != nil {
		return err
	}
	if _, err := in.run("go", append([]string{"generate"}, folders...)...); err != nil {
		return err
	}
	_, err = m.withName().git("commit", "--quiet", "--all", "--amend", "--no-edit")
	return err
}

var directive = regexp.MustCompile(`(?m)^//go:generate go tool `)

// generating returns the folders with a directive that generates code by a tool.
func generating(root string) (folders []string, err error) {
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if folder := "./" + filepath.ToSlash(filepath.Dir(name)); err == nil && directive.Match(text) {
			folders = append(folders, folder)
		}
		return err
	})
	return folders, err
}
