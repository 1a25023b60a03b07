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
)

// endOfType inserts lines at the end of a struct or an interface.
func endOfType(name string) insertion {
	return beforeLine(func(file *ast.File) token.Pos {
		switch t := typeOf(file, name).(type) {
		case *ast.StructType:
			return t.Fields.Closing
		case *ast.InterfaceType:
			return t.Methods.Closing
		}
		return token.NoPos
	})
}

// endOfFileWithType inserts lines at the end of the file that declares a type.
func endOfFileWithType(name string) insertion {
	return beforeLine(func(file *ast.File) token.Pos {
		if typeOf(file, name) == nil {
			return token.NoPos
		}
		return file.FileEnd
	})
}

// endOfVariable inserts lines at the end of a variable's composite literal.
func endOfVariable(name string) insertion {
	return beforeLine(func(file *ast.File) token.Pos {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.VAR {
				for _, spec := range d.Specs {
					v := spec.(*ast.ValueSpec)
					if literal, ok := firstOf(v.Values).(*ast.CompositeLit); ok && v.Names[0].Name == name {
						return literal.Rbrace
					}
				}
			}
		}
		return token.NoPos
	})
}

// endOfReturnedValue inserts lines at the end of the composite literal that a function returns.
func endOfReturnedValue(function string) insertion {
	return beforeLine(func(file *ast.File) token.Pos {
		f := funcOf(file, function)
		if f == nil || len(f.Body.List) == 0 {
			return token.NoPos
		}
		if r, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt); ok {
			if literal, ok := firstOf(r.Results).(*ast.CompositeLit); ok {
				return literal.Rbrace
			}
		}
		return token.NoPos
	})
}

func firstOf(values []ast.Expr) ast.Expr {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}

func typeOf(file *ast.File, name string) ast.Expr {
	for _, d := range file.Decls {
		if d, ok := d.(*ast.GenDecl); ok {
			for _, spec := range d.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.Name == name {
					return spec.Type
				}
			}
		}
	}
	return nil
}

// funcOf returns a function or a method.
func funcOf(file *ast.File, name string) *ast.FuncDecl {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
			return f
		}
	}
	return nil
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
		return insertAt(text, at, lines), true, nil
	}
}

func insertAt(text []byte, at int, lines string) []byte {
	return slices.Concat(text[:at], []byte(lines), text[at:])
}

// endOfYAML inserts lines at the end of the mapping or list at path.
func endOfYAML(path ...string) insertion {
	return func(text []byte, lines string) ([]byte, bool, error) {
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
			return nil, false, fmt.Errorf("the file can't be parsed: %v", err)
		}
		end, found := lineAfter(document.Content[0], path)
		if !found {
			return nil, false, nil
		}
		all := bytes.SplitAfter(text, []byte("\n"))
		if end == 0 {
			if len(text) > 0 && text[len(text)-1] != '\n' {
				lines = "\n" + lines
			}
			return insertAt(text, len(text), lines), true, nil
		}
		at := 0
		for _, line := range all[:end-1] {
			at += len(line)
		}
		return insertAt(text, at, lines), true, nil
	}
}

// lineAfter returns the line after the node at path, or 0 if the node is the last one of the document.
func lineAfter(node *yaml.Node, path []string) (line int, found bool) {
	if len(path) == 0 {
		return 0, node.Style&yaml.FlowStyle == 0
	}
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
		if node.Content[i].Value != path[0] {
			continue
		}
		line, found := lineAfter(node.Content[i+1], path[1:])
		if found && line == 0 && i+2 < len(node.Content) {
			next := node.Content[i+2]
			line = next.Line - lineCount(next.HeadComment)
		}
		return line, found
	}
	return 0, false
}

func lineCount(comment string) int {
	if comment == "" {
		return 0
	}
	return strings.Count(comment, "\n") + 1
}

// exportedMethod adds a method to an interface of package ports in the list of exported names, in order.
func exportedMethod(name string) insertion {
	return func(text []byte, method string) ([]byte, bool, error) {
		begin, end := []byte("ports: type "+name+" interface { "), []byte(" }\n")
		head, rest, found := bytes.Cut(text, begin)
		methods, tail, closed := bytes.Cut(rest, end)
		if !found || !closed {
			return nil, false, nil
		}
		all := append(strings.Split(string(methods), "; "), method)
		slices.Sort(all)
		return slices.Concat(head, begin, []byte(strings.Join(all, "; ")), end, tail), true, nil
	}
}
