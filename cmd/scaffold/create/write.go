package create

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// free returns an error unless nothing is at dir, or an empty folder.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s is no folder that could be filled", dir)
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: name another folder after the module", dir)
	}
	return nil
}

// place writes the tree beside dir, has finish do there what takes files, and moves it to dir. Where anything fails, nothing has
// changed.
func place(t Tree, dir string, finish func(dir string) error) (err error) {
	parent := filepath.Dir(dir)
	made, err := firstMissing(parent)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	building, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(building))
			if made != "" {
				err = errors.Join(err, os.RemoveAll(made))
			}
		}
	}()
	if err := os.Chmod(building, 0o755); err != nil {
		return err
	}
	if err := t.Write(building); err != nil {
		return err
	}
	if err := finish(building); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // Windows moves onto no folder
		return err
	}
	return os.Rename(building, dir)
}

// firstMissing returns the topmost folder on the way to dir that is not there, or nothing.
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

// commit makes dir a repository with one commit, where there is git.
func commit(dir, message string) error {
	if _, err := exec.LookPath("git"); err != nil {
		return nil
	}
	if _, err := run(dir, "git", "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	if _, err := run(dir, "git", "add", "--all"); err != nil {
		return err
	}
	var who []string
	if _, err := run(dir, "git", "var", "GIT_COMMITTER_IDENT"); err != nil {
		who = []string{"-c", "user.name=scaffold", "-c", "user.email=scaffold@localhost"}
	}
	_, err := run(dir, "git", append(who, "commit", "--quiet", "--no-gpg-sign", "--no-verify", "-m", message)...)
	return err
}

// run runs a program in dir, and returns what it printed.
func run(dir, program string, args ...string) (string, error) {
	command := exec.Command(program, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(output), nil
}
