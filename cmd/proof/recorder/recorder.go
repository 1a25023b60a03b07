// Package recorder records the functions that a request passes, in order. It builds the program with a call of entered.Function at the
// start of each function, by an overlay: the source stays as it is.
package recorder

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/overlay"
	"example.com/roster/cmd/proof/source"
)

// Build builds cmd/roster of the module at root into the folder dir, and returns the path of the program. The program records if
// entered.Variable names a file.
func Build(root, dir string) (program string, err error) {
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		return "", err
	}
	replace := make(map[string][]byte)
	for _, file := range tree.Files {
		if Recorded(file) {
			replace[filepath.Join(root, file.Path)] = instrument(tree.Module, file)
		}
	}
	return overlay.Build(root, dir, "./cmd/roster", replace)
}

// Recorded reports whether the functions of a file are recorded: hand-written code of the core, the adapters and the program.
func Recorded(file *source.File) bool {
	top, _, _ := strings.Cut(file.Path, "/")
	return !file.Test() && !file.Generated() &&
		(slices.Contains([]string{"domain", "ports", "application", "adapters"}, top) || strings.HasPrefix(file.Path, "cmd/roster/"))
}

// instrument returns the text of a file with a call at the start of each function. A function literal has the name of the declaration
// that it is in.
func instrument(module string, file *source.File) []byte {
	insertions := map[int]string{file.Offset(file.Syntax.Name.End()): fmt.Sprintf("; import entered_ %q", module+"/cmd/proof/recorder/entered")}
	for _, declaration := range file.Syntax.Decls {
		name := source.NameOf(declaration)
		ast.Inspect(declaration, func(node ast.Node) bool {
			var body *ast.BlockStmt
			switch node := node.(type) {
			case *ast.FuncDecl:
				body = node.Body
			case *ast.FuncLit:
				body = node.Body
			}
			if body != nil {
				insertions[file.Offset(body.Lbrace)+1] = fmt.Sprintf("entered_.Function(%q);", file.Path+" "+name)
			}
			return true
		})
	}
	if len(insertions) == 1 {
		return file.Text
	}
	return overlay.Insert(file.Text, insertions)
}

// An Entry is a file with the functions that were entered, in order.
type Entry struct {
	File      string
	Functions []string
}

// Read returns what a program has recorded: the files in the order in which a function of them was entered first.
func Read(file string) ([]Entry, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for line := range strings.Lines(string(text)) {
		path, function, _ := strings.Cut(strings.TrimSpace(line), " ")
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.File == path })
		if i < 0 {
			i, entries = len(entries), append(entries, Entry{File: path})
		}
		entries[i].Functions = append(entries[i].Functions, function)
	}
	return entries, nil
}
