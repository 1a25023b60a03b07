// Package filetree reads and writes the files of a module, as texts by slash-separated path.
package filetree

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load returns files of fsys, and those below folders of it. What does not exist has none.
func Load(fsys fs.FS, names ...string) (map[string]string, error) {
	files := make(map[string]string)
	for _, root := range names {
		err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil || !entry.Type().IsRegular():
				return err
			}
			text, err := fs.ReadFile(fsys, name)
			files[name] = WithLF(text)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Write writes files to the folder dir. Scripts become executable: the zip file of a module, which may be the template's source, has
// no such bits.
func Write(files map[string]string, dir string) error {
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}

// WithLF returns a file with LF as line end if it is text. A checkout may have CRLF.
func WithLF(file []byte) string {
	if bytes.IndexByte(file, 0) < 0 {
		file = bytes.ReplaceAll(file, []byte("\r\n"), []byte("\n"))
	}
	return string(file)
}
