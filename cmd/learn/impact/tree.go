package impact

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"example.com/roster/cmd/learn/patch"
)

// A tree is a temporary copy of the checkout.
type tree struct{ dir string }

// left are tests in naive's folder that are not about the service alone: one compares it with roster, and fails if only one of the two
// changes; the other is about its mode for lessons.
var left = []string{"cmd/bench/naive/parity_test.go", "cmd/bench/naive/unlocked_test.go"}

// newTree copies the checkout without its history and without the tests that are left out.
func newTree(checkout string) (tree, error) {
	dir, err := os.MkdirTemp("", "roster-impact-")
	if err != nil {
		return tree{}, err
	}
	t := tree{dir}
	err = filepath.WalkDir(checkout, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(checkout, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		case slices.Contains(left, filepath.ToSlash(name)), !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), text, 0o644)
	})
	if err != nil {
		return tree{}, errors.Join(err, t.remove())
	}
	return t, nil
}

func (t tree) remove() error { return os.RemoveAll(t.dir) }

// apply changes the tree by p. undo takes the change back.
func (t tree) apply(p patch.Patch) (undo func() error, err error) {
	changed, err := p.Apply(os.DirFS(t.dir))
	if err != nil {
		return nil, err
	}
	before := make(map[string][]byte)
	for name := range changed {
		text, err := os.ReadFile(t.path(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		before[name] = text
	}
	return func() error { return patch.Write(t.dir, before) }, patch.Write(t.dir, changed)
}

func (t tree) path(name string) string { return filepath.Join(t.dir, filepath.FromSlash(name)) }
