package patch

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Write writes files into a folder, which it makes if it is missing. The names are those that [Patch.Apply] returns. A file whose text is
// nil is removed, and so are its folders if they are empty then.
func Write(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if files[name] == nil {
			if err := remove(dir, name); err != nil {
				return err
			}
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func remove(dir, name string) error {
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
		return err
	}
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if os.Remove(filepath.Join(dir, filepath.FromSlash(folder))) != nil {
			break // it is not empty
		}
	}
	return nil
}
