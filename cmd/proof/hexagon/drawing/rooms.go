package drawing

import (
	"go/ast"
	"maps"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// A side is where a room stands.
type side int

const (
	core    side = iota
	driving      // an adapter that calls a driving port
	driven       // an adapter that serves the core
	wiring       // the program, which puts the others together
)

// A room is a node of the drawing.
type room struct {
	name  string
	side  side
	knows map[string]bool // rooms that its files import
	ports map[string]bool // interfaces of package ports that its files name
}

// roomsOf returns the rooms that the program is made of, in order of name: not what proves, measures or tests it.
func roomsOf(tree *source.Tree) []*room {
	rooms := make(map[string]*room)
	drives, drivenBy := interfaces(tree, "ports/driving.go"), interfaces(tree, "ports/driven.go")
	for _, file := range tree.Files {
		name := source.PackageOf(file.Folder())
		if file.Test() || !drawn(name) {
			continue
		}
		r := rooms[name]
		if r == nil {
			r = &room{name: name, knows: make(map[string]bool), ports: make(map[string]bool)}
			rooms[name] = r
		}
		for _, imported := range file.Imports() {
			if folder, ok := tree.Folder(imported.Path); ok && source.PackageOf(folder) != name && drawn(source.PackageOf(folder)) {
				r.knows[source.PackageOf(folder)] = true
				if folder == "ports" {
					maps.Copy(r.ports, named(file, imported.Name))
				}
			}
		}
	}
	sorted := slices.SortedFunc(maps.Values(rooms), func(a, b *room) int { return strings.Compare(a.name, b.name) })
	for _, r := range sorted {
		r.stand(drives, drivenBy)
	}
	return sorted
}

func drawn(name string) bool {
	return slices.Contains([]string{"domain", "ports", "application", "cmd/roster"}, name) || strings.HasPrefix(name, "adapters/")
}

// stand finds the room's side, and keeps of the interfaces that it names the ports of that side.
func (r *room) stand(drives, drivenBy map[string]bool) {
	of := make(map[string]bool)
	switch {
	case r.name == "cmd/roster":
		r.side = wiring
	case strings.HasPrefix(r.name, "adapters/"):
		r.side, of = driven, drivenBy
		for port := range r.ports {
			if drives[port] {
				r.side, of = driving, drives
			}
		}
	}
	maps.DeleteFunc(r.ports, func(port string, _ bool) bool { return !of[port] })
}

// interfaces returns the ports that a file declares: its interfaces, but for those that nobody else can implement.
func interfaces(tree *source.Tree, path string) map[string]bool {
	found := make(map[string]bool)
	for _, file := range tree.Files {
		if file.Path != path {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if methods, ok := spec.Type.(*ast.InterfaceType); ok && !sealed(methods) {
					found[spec.Name.Name] = true
				}
			}
			return true
		})
	}
	return found
}

func sealed(methods *ast.InterfaceType) bool {
	return slices.ContainsFunc(methods.Methods.List, func(m *ast.Field) bool {
		return len(m.Names) > 0 && !m.Names[0].IsExported()
	})
}

// named returns what the file takes from the package that it knows under name.
func named(file *source.File, name string) map[string]bool {
	found := make(map[string]bool)
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if use, ok := node.(*ast.SelectorExpr); ok {
			if from, ok := use.X.(*ast.Ident); ok && from.Name == name {
				found[use.Sel.Name] = true
			}
		}
		return true
	})
	return found
}
