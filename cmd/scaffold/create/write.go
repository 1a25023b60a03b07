package create

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/roster/cmd/scaffold/internal/filetree"
	"example.com/roster/cmd/scaffold/internal/program"
)

// checkTarget returns an error unless dir is missing or an empty folder.
func checkTarget(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s is not a folder that can be read: give another DIR after the module", dir)
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: give another DIR after the module", dir)
	}
	return nil
}

// writeService writes the tree beside dir, calls finish there, and renames it to dir. If a step fails, it removes what it wrote.
func writeService(t Tree, dir string, finish func(dir string) error) (err error) {
	parent := filepath.Dir(dir)
	created, err := firstMissing(parent)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(beside), os.RemoveAll(created))
		}
	}()
	if err := os.Chmod(beside, 0o755); err != nil {
		return err
	}
	if err := filetree.Write(t, beside); err != nil {
		return err
	}
	if err := finish(beside); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // Windows does not rename to an existing folder
		return err
	}
	return os.Rename(beside, dir)
}

// firstMissing returns the topmost folder on the way to dir that does not exist, or "".
func firstMissing(dir string) (missing string, err error) {
	for {
		if _, err := os.Stat(dir); err == nil {
			return missing, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		missing, dir = dir, filepath.Dir(dir)
	}
}

// commit makes dir a repository with one commit, if git is installed.
func commit(dir, message string) error {
	if _, err := exec.LookPath("git"); err != nil {
		return nil
	}
	return in(dir).Named().RunAll([]string{"git", "init", "--quiet", "--initial-branch=main"}, []string{"git", "add", "--all"},
		[]string{"git", "commit", "--quiet", "--no-gpg-sign", "--no-verify", "-m", message})
}

// in is where programs run that a workspace does not concern.
func in(dir string) program.In { return program.In{Dir: dir, Env: []string{"GOWORK=off"}} }
