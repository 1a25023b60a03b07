package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// endOf inserts lines at the end of a declaration: of a struct, an interface, a variable's composite literal or the one that a
// function returns.
func endOf(name string) insertion {
	return beforeLine(func(file *ast.File) token.Pos { return closing(naming.Find(file, name)) })
}

// closing returns the position of the brace that closes a declaration's list.
func closing(node ast.Node) token.Pos {
	switch n := node.(type) {
	case *ast.TypeSpec:
		return closing(n.Type)
	case *ast.StructType:
		return n.Fields.Closing
	case *ast.InterfaceType:
		return n.Methods.Closing
	case *ast.ValueSpec:
		if len(n.Values) == 1 {
			return closing(n.Values[0])
		}
	case *ast.FuncDecl:
		if len(n.Body.List) > 0 {
			return closing(n.Body.List[len(n.Body.List)-1])
		}
	case *ast.ReturnStmt:
		if len(n.Results) > 0 {
			return closing(n.Results[0])
		}
	case *ast.CompositeLit:
		return n.Rbrace
	}
	return token.NoPos
}

// endOfFileWith inserts lines at the end of the file that declares a name.
func endOfFileWith(name string) insertion {
	return beforeLine(func(file *ast.File) token.Pos {
		if naming.Find(file, name) == nil {
			return token.NoPos
		}
		return file.FileEnd
	})
}

// beforeLine inserts lines before the line of a position, which must be the first thing on its line. A position at the end of the
// file inserts there.
func beforeLine(find func(*ast.File) token.Pos) insertion {
	return func(text []byte, lines string) ([]byte, bool, error) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
		if err != nil {
			return nil, false, fmt.Errorf("the file can't be parsed: %w", err)
		}
		pos := find(file)
		if !pos.IsValid() {
			return nil, false, nil
		}
		at := fset.Position(pos).Offset
		if at < len(text) {
			at = bytes.LastIndexByte(text[:at], '\n') + 1
			if strings.TrimSpace(string(text[at:fset.Position(pos).Offset])) != "" {
				return nil, false, errors.New("the declaration to extend is in one line: break the line, and run the command again")
			}
			if bytes.HasSuffix(text[:at], []byte("{\n")) {
				lines = strings.TrimPrefix(lines, "\n") // no blank line at the beginning of a block
			}
		}
		return slices.Concat(text[:at], []byte(lines), text[at:]), true, nil
	}
}

// afterFirstLine inserts lines at the beginning of a list or an object of JSON that has others.
func afterFirstLine(text []byte, lines string) ([]byte, bool, error) {
	first, rest, found := bytes.Cut(text, []byte("\n"))
	return slices.Concat(first, []byte("\n"+lines), rest), found && len(rest) > 2, nil
}

// endOfYAML inserts lines at the end of the mapping or list at path.
func endOfYAML(path ...string) insertion {
	return func(text []byte, lines string) ([]byte, bool, error) {
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
			return nil, false, fmt.Errorf("the file can't be parsed: %v", err)
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, '\n')
		}
		all := slices.Collect(bytes.Lines(text))
		n, found := linesUntilEnd(document.Content[0], path, len(all))
		if !found {
			return nil, false, nil
		}
		return slices.Concat(bytes.Join(all[:n], nil), []byte(lines), bytes.Join(all[n:], nil)), true, nil
	}
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

// exportedMethod adds a method to an interface of package ports in the list of exported names, in order.
func exportedMethod(name string) insertion {
	return func(text []byte, method string) ([]byte, bool, error) {
		begin := "ports: type " + name + " interface { "
		before, after, found := strings.Cut(string(text), begin)
		return []byte(naming.SortExported(before + begin + method + "; " + after)), found, nil
	}
}
