package usecase

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// write puts the changes in their places: all of them or none. Each is written in full beside its place first, so what can go
// wrong mostly has before anything is changed, and what was changed is put back.
func write(root string, changes []change) (err error) {
	var beside []string
	defer func() {
		for _, file := range beside {
			_ = os.Remove(file) // moved, if all went well
		}
	}()
	for _, c := range changes {
		file := filepath.Join(root, filepath.FromSlash(c.path))
		mode := fs.FileMode(0o644)
		if was, err := os.Stat(file); err == nil {
			mode = was.Mode().Perm()
		}
		if now, err := os.ReadFile(file); !same(now, err, c.was) {
			return fmt.Errorf("%s has changed meanwhile: nothing was done; run this again", c.path)
		}
		next := filepath.Join(filepath.Dir(file), ".usecase-"+filepath.Base(file))
		beside = append(beside, next)
		if err := os.WriteFile(next, c.now, mode); err != nil {
			return err
		}
	}
	for i, c := range changes {
		if err := os.Rename(beside[i], filepath.Join(root, filepath.FromSlash(c.path))); err != nil {
			return errors.Join(err, putBack(root, changes[:i]))
		}
	}
	return nil
}

// same reports whether a file is as the plan found it.
func same(now []byte, err error, was []byte) bool {
	if was == nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return err == nil && string(now) == string(was)
}

func putBack(root string, changes []change) error {
	var all error
	for _, c := range changes {
		file := filepath.Join(root, filepath.FromSlash(c.path))
		if c.was == nil {
			all = errors.Join(all, os.Remove(file))
			continue
		}
		all = errors.Join(all, os.WriteFile(file, c.was, 0o644))
	}
	return all
}
