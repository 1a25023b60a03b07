package create

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"example.com/roster/cmd/proof/source"
	"example.com/roster/cmd/scaffold/internal/filetree"
)

// A Tree is the files of a module, by slash-separated path.
type Tree map[string]string

// excluded are the files that no service takes from the template: output of runs, measurements and promises of roster itself, another
// module, which the module that Go downloads does not have, and this package.
var excluded = []string{".git", "bin", "roster-data", "node_modules", "vendor", "CHANGELOG.md", "cmd/bench", "cmd/demo/sample", "cmd/example/bboltstore", "cmd/proof/docs/names_test.go", "cmd/proof/docs/sizes_test.go", "cmd/proof/docs/words_test.go", "cmd/proof/mutants", "cmd/proof/promises", "cmd/proof/size/budgets.txt", "cmd/scaffold/create", "docs/adr/0006-names-and-layout.md", "docs/performance.md", "docs/performance.svg", "docs/profile.svg", "docs/renamed.md", "findings"}

// carried are folders in excluded ones that a service has with --with-learn.
var carried = []string{"cmd/bench/naive"}

// secrets are names of passwords and keys, which no service takes, tracked or not.
var secrets = []string{".env*", "*.jwk", "*.pem", "*.key"}

// Read returns the files below dir: in a git repository those that it tracks, else all. It follows no link.
func Read(dir string) (Tree, error) {
	names, err := listFiles(dir)
	if err != nil {
		return nil, err
	}
	tree := make(Tree, len(names))
	for _, name := range slices.DeleteFunc(names, isExcluded) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if info, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue // tracked, but removed; or a link
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		tree[name] = filetree.WithLF(text)
	}
	return tree, nil
}

// listFiles returns the files below dir, with the excluded ones.
func listFiles(dir string) (names []string, err error) {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		// A user who runs this program trusts the folder of its source, even if another user owns it.
		return in(dir).List("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached")
	}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

func isExcluded(name string) bool {
	secret := func(pattern string) bool {
		match, _ := path.Match(pattern, path.Base(name))
		return match
	}
	inside := func(folder string) bool { return within(name, folder) }
	return slices.ContainsFunc(secrets, secret) || slices.ContainsFunc(excluded, inside) && !slices.ContainsFunc(carried, inside)
}

// within reports whether name is folder, or in it.
func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// remove removes a file, or a folder with all below it.
func (t Tree) remove(name string) {
	maps.DeleteFunc(t, func(n, _ string) bool { return within(n, name) })
}

// has reports whether a file or folder of that name exists.
func (t Tree) has(name string) bool {
	if _, ok := t[name]; ok || name == "." {
		return true
	}
	for n := range t {
		if within(n, name) {
			return true
		}
	}
	return false
}

// parse parses the tree's Go files. The drawings need some others.
func (t Tree) parse() (*source.Tree, error) {
	fsys := make(fstest.MapFS)
	for name, text := range t {
		if slices.Contains([]string{".go", ".mod", ".yaml"}, path.Ext(name)) || name == "Dockerfile" {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return source.Read(fsys)
}

// isText reports whether a file is text.
func isText(text string) bool { return !strings.ContainsRune(text[:min(len(text), 4096)], 0) }
