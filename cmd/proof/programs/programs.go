// Package programs finds the packages that a program is compiled from, in the source.
package programs

import (
	"bytes"
	"go/build"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"example.com/roster/cmd/proof/source"
)

// Platforms are those that the program is built for, as GOOS/GOARCH.
var Platforms = []string{"linux/amd64", "linux/386", "darwin/arm64", "windows/amd64"}

// A Package is a package that is compiled into a program.
type Package struct {
	Folder  string
	Imports []string // folders of the module's own packages, in order
	Modules []string // other modules that it imports directly, in order
}

// Of returns the packages that the program in a folder is compiled from, on any of the Platforms, in order of folder: those that
// it imports, directly or indirectly. Tests, and files that only a build tag includes, are no part of it.
func Of(t *source.Tree, main string) []Package {
	var requires []string
	if text, err := fs.ReadFile(t.FS, "go.mod"); err == nil { // source.Read has read it
		if mod, err := modfile.ParseLax("go.mod", text, nil); err == nil {
			for _, r := range mod.Require {
				requires = append(requires, r.Mod.Path)
			}
		}
	}
	files := make(map[string][]*source.File)
	for _, f := range t.Files {
		if !f.Test() && Built(f) {
			files[f.Folder()] = append(files[f.Folder()], f)
		}
	}
	found := make(map[string]Package)
	for next := []string{main}; len(next) > 0; next = next[1:] {
		folder := next[0]
		if _, done := found[folder]; done {
			continue
		}
		own, modules := make(map[string]bool), make(map[string]bool)
		for _, f := range files[folder] {
			for _, imported := range f.Imports() {
				if to, ok := t.Folder(imported.Path); ok {
					own[to] = true
				} else if module := moduleOf(requires, imported.Path); module != "" {
					modules[module] = true
				}
			}
		}
		p := Package{folder, slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(modules))}
		found[folder] = p
		next = append(next, p.Imports...)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Package) int { return strings.Compare(a.Folder, b.Folder) })
}

// Built reports whether the file is part of a build on one of the Platforms, by its name and its build constraint.
func Built(f *source.File) bool {
	context := build.Default
	context.CgoEnabled = false
	context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.Text)), nil }
	return slices.ContainsFunc(Platforms, func(platform string) bool {
		context.GOOS, context.GOARCH, _ = strings.Cut(platform, "/")
		match, err := context.MatchFile(".", path.Base(f.Path))
		return match && err == nil
	})
}

// moduleOf returns the module of an imported package: "" for the standard library, and the package if go.mod requires no such module.
func moduleOf(requires []string, imported string) string {
	if host, _, _ := strings.Cut(imported, "/"); !strings.Contains(host, ".") {
		return ""
	}
	module := imported
	for module != "." && !slices.Contains(requires, module) {
		module = path.Dir(module)
	}
	if module == "." {
		return imported
	}
	return module
}

// List is the file with the list of the program's packages, which the program embeds: a line for each, with what it imports.
const List = "cmd/roster/app/packages.txt"

// ListText returns the text of [List].
func ListText(t *source.Tree) string {
	var b strings.Builder
	b.WriteString("# The packages of the program, with the packages and modules that each imports. From the source, by go generate.\n")
	for _, p := range Of(t, "cmd/roster") {
		b.WriteString(strings.Join(slices.Concat([]string{p.Folder + ":"}, p.Imports, p.Modules), " ") + "\n")
	}
	return b.String()
}
