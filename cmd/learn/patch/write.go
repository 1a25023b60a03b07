package patch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Write writes files into a folder, which it makes if it is missing. The names are those that [Patch.Apply] returns. A file whose text is
// nil is removed, and so are its folders if they are empty then.
func Write(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if files[name] == nil {
			if err := remove(dir, path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func remove(dir, path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	inside := filepath.Clean(dir) + string(filepath.Separator)
	for folder := filepath.Dir(path); strings.HasPrefix(folder, inside) && os.Remove(folder) == nil; { // an error: it is not empty
		folder = filepath.Dir(folder)
	}
	return nil
}
