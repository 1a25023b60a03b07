package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// An insertion returns a text with lines added, or false if the text does not contain its target.
type insertion func(text []byte, lines string) ([]byte, bool, error)

// insertionAt returns the insertion into a file that an insert names:
//
//   - end NAME: at the end of a declaration's list, or of the mapping or list at a path of YAML;
//   - body NAME: before the last statement of a function if that is a return, else at its end;
//   - file NAME: at the end of the file that declares the name;
//   - sorted: into a file whose lines are sorted.
func insertionAt(file, where string) insertion {
	kind, target, _ := strings.Cut(where, " ")
	offset := func(text []byte) (int, error) { return offsetInGo(text, kind, target) }
	switch {
	case kind == "sorted":
		return func(text []byte, lines string) ([]byte, bool, error) {
			return []byte(strings.Join(slices.Sorted(strings.Lines(string(text)+lines)), "")), true, nil
		}
	case path.Ext(file) == ".yaml":
		offset = func(text []byte) (int, error) { return offsetInYAML(text, strings.Split(target, ".")) }
	}
	return func(text []byte, lines string) ([]byte, bool, error) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, '\n')
		}
		at, err := offset(text)
		if err != nil || at < 0 {
			return nil, false, err
		}
		if bytes.HasSuffix(text[:at], []byte("{\n")) {
			lines = strings.TrimPrefix(lines, "\n") // no blank line at the beginning of a block
		}
		return slices.Concat(text[:at], []byte(lines), text[at:]), true, nil
	}
}

// offsetInGo returns the beginning of a line, or -1 if the file does not have the target.
func offsetInGo(text []byte, kind, target string) (int, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return -1, fmt.Errorf("the file can't be parsed: %w", err)
	}
	node := naming.Find(file, target)
	pos := positionIn(node, kind)
	if kind == "file" && node != nil {
		pos = file.FileEnd
	}
	if !pos.IsValid() {
		return -1, nil
	}
	at := fset.Position(pos).Offset
	line := bytes.LastIndexByte(text[:at], '\n') + 1
	if len(bytes.TrimSpace(text[line:at])) > 0 {
		return -1, errors.New("the declaration to extend is in one line: break the line, and run the command again")
	}
	return line, nil
}

// positionIn returns where lines go in a declaration: before the last return of a function, or the brace that closes its body; or before the
// brace that closes a list, of a struct, an interface, or a composite literal, which a function returns.
func positionIn(node ast.Node, kind string) (pos token.Pos) {
	if f, ok := node.(*ast.FuncDecl); ok {
		node, pos = nil, f.Body.Rbrace
		if n := len(f.Body.List); n > 0 {
			node = f.Body.List[n-1]
		}
		if r, ok := node.(*ast.ReturnStmt); ok {
			pos = r.Pos()
		}
		if kind == "body" {
			return pos
		}
	}
	if pos = token.NoPos; node == nil || kind == "body" {
		return pos
	}
	ast.Inspect(node, func(n ast.Node) bool {
		if pos.IsValid() {
			return false
		}
		switch n := n.(type) {
		case *ast.StructType:
			pos = n.Fields.Closing
		case *ast.InterfaceType:
			pos = n.Methods.Closing
		case *ast.CompositeLit:
			pos = n.Rbrace
		}
		return true
	})
	return pos
}

// offsetInYAML returns the end of the mapping or list at a path, or -1 if there is none.
func offsetInYAML(text []byte, path []string) (int, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return -1, fmt.Errorf("the file can't be parsed: %v", err)
	}
	lines := slices.Collect(bytes.Lines(text))
	n, found := linesUntilEnd(document.Content[0], path, len(lines))
	if !found {
		return -1, nil
	}
	return len(bytes.Join(lines[:n], nil)), nil
}

// linesUntilEnd returns the number of the document's lines until the end of the mapping or list at path below a node, which ends
// after last lines.
func linesUntilEnd(node *yaml.Node, path []string, last int) (n int, found bool) {
	if len(path) == 0 {
		return last, node.Style&yaml.FlowStyle == 0
	}
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
		if node.Content[i].Value != path[0] {
			continue
		}
		if i+2 < len(node.Content) {
			next := node.Content[i+2]
			last = next.Line - 1 - len(slices.Collect(strings.Lines(next.HeadComment)))
		}
		return linesUntilEnd(node.Content[i+1], path[1:], last)
	}
	return 0, false
}
