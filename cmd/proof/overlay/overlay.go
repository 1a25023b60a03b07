// Package overlay builds the program with changed files. The files themselves stay as they are.
package overlay

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
)

// A Build is a build of a package of the module at Root, such as ./cmd/roster, into the folder Dir.
type Build struct {
	Root, Dir, Package string
	Replace            map[string][]byte // texts of files, by absolute path
	Flags, Variables   []string          // of go build, besides the usual
}

// Program builds until ctx ends, and returns the path of the program.
func (b Build) Program(ctx context.Context) (program string, err error) {
	config, err := Write(b.Dir, b.Replace)
	if err != nil {
		return "", err
	}
	program = filepath.Join(b.Dir, "program")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	arguments := append([]string{"build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", config, "-o", program}, b.Flags...)
	build := exec.CommandContext(ctx, "go", append(arguments, b.Package)...)
	build.Dir, build.Env = b.Root, append(os.Environ(), b.Variables...)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, output)
	}
	return program, nil
}

// Write writes texts of files, by absolute path, into the folder dir. It returns the file for the flag -overlay of go, by which they replace
// those at their paths for one command. A file whose text is nil is missing then.
func Write(dir string, texts map[string][]byte) (config string, err error) {
	replace := make(map[string]string)
	for i, path := range slices.Sorted(maps.Keys(texts)) {
		replace[path] = ""
		if texts[path] == nil {
			continue
		}
		replace[path] = filepath.Join(dir, fmt.Sprint(i, "-", filepath.Base(path)))
		if err := os.WriteFile(replace[path], texts[path], 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	config = filepath.Join(dir, "overlay.json")
	return config, os.WriteFile(config, text, 0o600)
}

// Insert returns text with insertions, each before the byte at its offset.
func Insert(text []byte, insertions map[int]string) []byte {
	var changed []byte
	last := 0
	for _, at := range slices.Sorted(maps.Keys(insertions)) {
		changed = append(append(changed, text[last:at]...), insertions[at]...)
		last = at
	}
	return append(changed, text[last:]...)
}

// An Insertion is code at the start of a function, with an import that the code uses.
type Insertion struct {
	File     string
	Function string // as [NameOf] has it
	Import   string // such as: os_ "os"
	Code     string
}

// Into returns the text of the file with the code. It is an error if the function is missing: the library has changed.
func (i Insertion) Into(text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, i.File, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range syntax.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil && NameOf(f) == i.Function {
			return Insert(text, map[int]string{
				fset.Position(syntax.Name.End()).Offset: "; import " + i.Import,
				fset.Position(f.Body.Lbrace).Offset + 1: i.Code,
			}), nil
		}
	}
	return nil, fmt.Errorf("%s has no function %s, so no code can be inserted into it", i.File, i.Function)
}

// In applies insertions to the files of a folder, one to each file, and returns their new texts by absolute path.
func In(dir string, insertions ...Insertion) (map[string][]byte, error) {
	replace := make(map[string][]byte)
	for _, i := range insertions {
		path := filepath.Join(dir, filepath.FromSlash(i.File))
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if replace[path], err = i.Into(text); err != nil {
			return nil, err
		}
	}
	return replace, nil
}

// NameOf returns the name of a function, Type.Method of a method, and the first name of other declarations.
func NameOf(declaration ast.Decl) string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name
		}
		receiver := d.Recv.List[0].Type
		if star, ok := receiver.(*ast.StarExpr); ok {
			receiver = star.X
		}
		if generic, ok := receiver.(*ast.IndexExpr); ok {
			receiver = generic.X
		}
		if generic, ok := receiver.(*ast.IndexListExpr); ok {
			receiver = generic.X
		}
		return receiver.(*ast.Ident).Name + "." + d.Name.Name
	case *ast.GenDecl:
		if len(d.Specs) > 0 {
			if value, ok := d.Specs[0].(*ast.ValueSpec); ok {
				return value.Names[0].Name
			}
		}
	}
	return "_"
}
