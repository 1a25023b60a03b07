// Package guard finds what the program opens: listeners, paths without a token, files, outgoing connections. A test compares it with a
// table in docs/security.md. It also finds text that goes to a terminal unescaped.
package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Code is packages of a module with the types of their expressions.
type Code struct {
	Files []*File
	root  string
	fset  *token.FileSet
	types types.Importer
	mu    *sync.Mutex // of types
}

// A File is a file of the program. If another system or another build compiles it, its expressions have no types.
type File struct {
	Path   string // from the module's root, with slashes
	Syntax *ast.File
	info   *types.Info
}

// ErrNotImported means that no loaded package imports a package, so that its types are not known.
var ErrNotImported = errors.New("no loaded package imports this")

// listed is the part of the output of go list that is read.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles, IgnoredGoFiles []string
	DepOnly                 bool
	Error                   *struct{ Err string }
}

// Load reads the packages that match the patterns, without their tests. Packages that only support tests are left out: the names of
// their folders end in test or mock. The types of imported packages come from the build cache, so that only the packages
// themselves are checked.
func Load(root string, patterns ...string) (*Code, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if err := readFolders(root, patterns); err != nil {
		return nil, err
	}
	fields := "-json=ImportPath,Dir,Export,GoFiles,IgnoredGoFiles,DepOnly,Error"
	list := exec.Command("go", append([]string{"list", "-export", "-deps", fields}, patterns...)...)
	list.Dir = root
	output, err := list.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	exports := make(map[string]string)
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Error != nil {
			return nil, errors.New(p.Error.Err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly && !strings.HasSuffix(p.Dir, "test") && !strings.HasSuffix(p.Dir, "mock") {
			packages = append(packages, p)
		}
	}
	c := &Code{root: root, fset: token.NewFileSet(), mu: new(sync.Mutex)}
	c.types = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%w: %s", ErrNotImported, path)
		}
		return os.Open(exports[path])
	})
	for _, p := range packages {
		if err := c.add(p); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// readFolders reads the folders that the patterns match. The cache of go test notices a new file only because of that: it does not
// know what go list reads.
func readFolders(root string, patterns []string) error {
	for _, pattern := range patterns {
		folder := filepath.Join(root, strings.TrimSuffix(pattern, "/..."))
		if err := filepath.WalkDir(folder, func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
			return err
		}
	}
	return nil
}

// add parses the files of a package and checks their types.
func (c *Code) add(p listed) error {
	files, err := c.parse(p.Dir, p.GoFiles)
	if err != nil {
		return err
	}
	if err := c.check(p.ImportPath, files); err != nil {
		return err
	}
	var ignored []string
	for _, name := range p.IgnoredGoFiles {
		if !strings.HasSuffix(name, "_test.go") {
			ignored = append(ignored, name)
		}
	}
	others, err := c.parse(p.Dir, ignored)
	c.Files = append(append(c.Files, files...), others...)
	return err
}

func (c *Code) parse(dir string, names []string) (files []*File, err error) {
	for _, name := range names {
		file := filepath.Join(dir, name)
		path, err := filepath.Rel(c.root, file)
		if err != nil {
			return nil, err
		}
		syntax, err := parser.ParseFile(c.fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, &File{Path: filepath.ToSlash(path), Syntax: syntax})
	}
	return files, nil
}

// check gives the expressions of a package their types.
func (c *Code) check(path string, files []*File) error {
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object), Types: make(map[ast.Expr]types.TypeAndValue)}
	var syntax []*ast.File
	for _, f := range files {
		f.info = info
		syntax = append(syntax, f.Syntax)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := (&types.Config{Importer: c.types}).Check(path, c.fset, syntax, info)
	return err
}

// With returns the code with one file more, of a package with a path of its own that imports what the loaded packages import.
func (c *Code) With(path, text string) (*Code, error) {
	syntax, err := parser.ParseFile(c.fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	file := &File{Path: path, Syntax: syntax}
	more := *c
	more.Files = append(more.Files[:len(more.Files):len(more.Files)], file)
	return &more, c.check("planted/"+path, []*File{file})
}

func (c *Code) line(node ast.Node) int { return c.fset.Position(node.Pos()).Line }
