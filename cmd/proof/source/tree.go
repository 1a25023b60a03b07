// Package source reads the Go files of a module as text and syntax, without type checking or builds.
package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// A Tree is a module with all its Go files, in order of path.
type Tree struct {
	Module string
	Files  []*File
	FS     fs.FS          // the module, for its other files
	Fset   *token.FileSet // of all files
}

// Read parses every Go file of the module at the root of fsys, including tests, generated code and every build tag. It omits folders
// whose name begins with a dot or an underscore, since Go does not import from them, and vendor, which has other modules.
func Read(fsys fs.FS) (*Tree, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	tree := &Tree{Module: modfile.ModulePath(mod), FS: fsys, Fset: token.NewFileSet()}
	if tree.Module == "" {
		return nil, errors.New("go.mod names no module")
	}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "vendor" || name != "." && strings.ContainsAny(entry.Name()[:1], "._")):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(tree.Fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		tree.Files = append(tree.Files, &File{Path: name, Text: text, Syntax: syntax, fset: tree.Fset})
		return nil
	})
	return tree, err
}

// Folder returns the folder of an imported package, and false if the package is of another module.
func (t *Tree) Folder(imported string) (string, bool) {
	if imported == t.Module {
		return ".", true
	}
	return strings.CutPrefix(imported, t.Module+"/")
}

// A File is one Go file.
type File struct {
	Path   string // from the root, with slashes
	Text   []byte
	Syntax *ast.File
	fset   *token.FileSet
}

// Folder returns the folder of the file.
func (f *File) Folder() string { return path.Dir(f.Path) }

// PackageOf returns the package that a folder belongs to, as sizes and drawings have them: a package of adapters, cmd or ports
// includes all folders below it.
func PackageOf(folder string) string {
	parts := strings.Split(folder, "/")
	depth := 2
	if strings.HasPrefix(folder, "adapters/internal/") {
		depth = 3
	}
	return strings.Join(parts[:min(depth, len(parts))], "/")
}

// Test reports whether the file is part of a test.
func (f *File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Generated reports whether a generator wrote the file.
func (f *File) Generated() bool { return ast.IsGenerated(f.Syntax) }

// Line returns the line at which node begins.
func (f *File) Line(node ast.Node) int { return f.fset.PositionFor(node.Pos(), false).Line }

// Offset returns the offset of pos in the text.
func (f *File) Offset(pos token.Pos) int { return f.fset.PositionFor(pos, false).Offset }

// An Import is one import of a file.
type Import struct {
	Path string
	Name string // in the file, or the last element of the path
	Line int
}

// Imports returns the imports of the file, in its order.
func (f *File) Imports() []Import {
	imports := make([]Import, len(f.Syntax.Imports))
	for i, spec := range f.Syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		imports[i] = Import{Path: imported, Name: path.Base(imported), Line: f.Line(spec)}
		if spec.Name != nil {
			imports[i].Name = spec.Name.Name
		}
	}
	return imports
}
