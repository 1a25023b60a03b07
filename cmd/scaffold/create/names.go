package create

import (
	"fmt"
	"go/build"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Names are what a service is called, where.
type Names struct {
	Module string // in go.mod and imports
	Plain  string // the program and its folder, in prose and on the command line: small letters, digits and hyphens
	Go     string // as an identifier that begins small
	Snake  string // in SQL, metrics and subjects
	Env    string // before each environment variable
}

var versioned = regexp.MustCompile(`(?:/v[0-9]+|\.v[0-9]+)$`)

// NamesOf returns what a service of the module is called: as the last part of its path without a version.
func NamesOf(modulePath string) (Names, error) {
	if err := module.CheckPath(modulePath); err != nil {
		return Names{}, fmt.Errorf("%q can be no module path: %w", modulePath, reason(err))
	}
	last := strings.ToLower(path.Base(versioned.ReplaceAllString(modulePath, "")))
	plain := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(last, "-"), "-")
	if plain == "" {
		return Names{}, fmt.Errorf("%q ends in nothing that a program could be called", modulePath)
	}
	n := Names{Module: modulePath, Plain: plain, Go: strings.ReplaceAll(plain, "-", ""), Snake: strings.ReplaceAll(plain, "-", "_")}
	if n.Go[0] <= '9' { // as no identifier begins, and no variable of a shell
		n.Go, n.Snake = "app"+n.Go, "app_"+n.Snake
	}
	n.Env = strings.ToUpper(n.Snake)
	return n, nil
}

// reason returns what a module.InvalidPathError says without the path, which is told already.
func reason(err error) error {
	if invalid, ok := err.(*module.InvalidPathError); ok {
		return invalid.Err
	}
	return err
}

// clash says what else is called so, or nothing: the program's folder stands beside others, and variables are called after it.
func (n Names) clash(template Tree) error {
	taken := func(by string) error {
		return fmt.Errorf("a service called %q is in the way of %s: choose a module path that ends otherwise", n.Plain, by)
	}
	if token.IsKeyword(n.Go) || types.Universe.Lookup(n.Go) != nil {
		return taken("Go's own " + n.Go)
	}
	if slices.Contains([]string{"main", "internal", "testdata", "vendor"}, n.Go) {
		return taken("what Go calls " + n.Go)
	}
	for _, name := range slices.Sorted(maps.Keys(template)) {
		if folder := path.Dir(name); path.Base(folder) == n.Plain || path.Base(folder) == n.Go {
			return taken("the folder " + folder)
		}
	}
	if found := standard(n.Go); found != "" {
		return taken("the standard library's package " + found)
	}
	return nil
}

// apart returns the names with a longer identifier where a file that is to have it calls something else so.
func (n Names) apart(template Tree) Names {
	for name, text := range template {
		if path.Ext(name) == ".go" && strings.Contains(text, n.Go) && identifiers(text)[n.Go] && identifiers(text)[service] {
			n.Go += "Service"
			return n
		}
	}
	return n
}

// standard returns the package of the standard library that has this name, or nothing.
func standard(name string) (found string) {
	src := os.DirFS(filepath.Join(build.Default.GOROOT, "src"))
	_ = fs.WalkDir(src, ".", func(folder string, entry fs.DirEntry, err error) error {
		switch base := path.Base(folder); {
		case err != nil || !entry.IsDir():
			return nil
		case slices.Contains([]string{"internal", "vendor", "testdata", "cmd"}, base):
			return fs.SkipDir
		case base == name:
			found = folder
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// identifiers returns the names that a Go file uses.
func identifiers(text string) map[string]bool {
	found := make(map[string]bool)
	for _, t := range tokensOf(text) {
		if t.kind == token.IDENT {
			found[t.text] = true
		}
	}
	return found
}
