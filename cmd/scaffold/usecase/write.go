package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// write writes all changes or none: if one fails, it restores the files that it has changed. A file keeps its line ends, and a new file has
// those of go.mod.
func write(root string, changes []change) error {
	before := make(map[string][]byte) // by file; nil for a new one
	for _, c := range changes {
		file := filepath.Join(root, filepath.FromSlash(c.path))
		was, err := os.ReadFile(file)
		if exists := err == nil; exists != (c.was != nil) || filetree.WithLF(was) != string(c.was) {
			err = fmt.Errorf("%s has changed since the command started, and nothing was written: run the command again", c.path)
			return errors.Join(err, restore(before))
		}
		before[file] = was
		if was == nil {
			was, _ = os.ReadFile(filepath.Join(root, "go.mod"))
		}
		if bytes.Contains(was, []byte("\r\n")) {
			c.now = bytes.ReplaceAll(c.now, []byte("\n"), []byte("\r\n"))
		}
		if err := os.WriteFile(file, c.now, 0o644); err != nil {
			return errors.Join(err, restore(before))
		}
	}
	return nil
}

func restore(before map[string][]byte) (err error) {
	for file, text := range before {
		if text == nil {
			err = errors.Join(err, os.RemoveAll(file))
		} else {
			err = errors.Join(err, os.WriteFile(file, text, 0o644))
		}
	}
	return err
}
