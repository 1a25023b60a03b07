package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// write writes all changes or none. It first writes each new text beside its file, so that most errors happen before a file changes.
// If a rename fails, it restores the files that it has changed. A file keeps its line
// ends, and a new file has those of go.mod.
func write(root string, changes []change) (err error) {
	changes = slices.Clone(changes)
	var written []string
	defer func() {
		for _, file := range written {
			_ = os.Remove(file) // no longer there after success
		}
	}()
	for i, c := range changes {
		file := filepath.Join(root, filepath.FromSlash(c.path))
		mode := fs.FileMode(0o644)
		if was, err := os.Stat(file); err == nil {
			mode = was.Mode().Perm()
		}
		now, err := os.ReadFile(file)
		if exists := err == nil; exists != (c.was != nil) || !bytes.Equal(withLF(now), c.was) {
			return fmt.Errorf("%s has changed since the command started, and nothing was written: run the command again", c.path)
		}
		if changes[i].was = now; now == nil {
			now, _ = os.ReadFile(filepath.Join(root, "go.mod"))
		}
		if bytes.Contains(now, []byte("\r\n")) {
			c.now = bytes.ReplaceAll(c.now, []byte("\n"), []byte("\r\n"))
		}
		next := filepath.Join(filepath.Dir(file), ".usecase-"+filepath.Base(file))
		written = append(written, next)
		if err := os.WriteFile(next, c.now, mode); err != nil {
			return err
		}
	}
	for i, c := range changes {
		if err := os.Rename(written[i], filepath.Join(root, filepath.FromSlash(c.path))); err != nil {
			return errors.Join(err, restore(root, changes[:i]))
		}
	}
	return nil
}

func restore(root string, changes []change) error {
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
