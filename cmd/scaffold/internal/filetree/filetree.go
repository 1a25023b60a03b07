// Package filetree is about the files of a module as texts in memory: it reads and writes them, and applies edits to them.
package filetree

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Tree is the files of a module, by slash-separated path.
type Tree map[string]string

// Load returns files of fsys, and those below folders of it. What does not exist has none.
func Load(fsys fs.FS, names ...string) (Tree, error) {
	tree := make(Tree)
	for _, root := range names {
		err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil || !entry.Type().IsRegular():
				return err
			}
			text, err := fs.ReadFile(fsys, name)
			tree[name] = WithLF(text)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// LoadTexts returns the files in a folder of fsys, as if that were the root. Their names end in .txt there, so that no Go file among them
// is in the build.
func LoadTexts(fsys fs.FS, folder string) (Tree, error) {
	texts, err := Load(fsys, folder)
	tree := make(Tree)
	for name, text := range texts.Below(folder) {
		tree[strings.TrimSuffix(name, ".txt")] = text
	}
	return tree, err
}

// Below returns the files in a folder, as if that were the root.
func (t Tree) Below(folder string) Tree {
	below := make(Tree)
	for name, text := range t {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok {
			below[rest] = text
		}
	}
	return below
}

// Remove removes a file, or a folder with all below it.
func (t Tree) Remove(name string) {
	maps.DeleteFunc(t, func(n, _ string) bool { return Within(n, name) })
}

// Has reports whether a file or folder of that name exists.
func (t Tree) Has(name string) bool {
	if _, ok := t[name]; ok || name == "." {
		return true
	}
	for n := range t {
		if Within(n, name) {
			return true
		}
	}
	return false
}

// Within reports whether name is folder, or in it.
func Within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// Write writes the tree to the folder dir. Scripts become executable: the zip file of a module, which may be the template's source, has
// no such bits.
func (t Tree) Write(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		file, text := filepath.Join(dir, filepath.FromSlash(name)), t[name]
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
