package drawing

import (
	"go/ast"
	"maps"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// A side is the position of a package in the hexagon.
type side int

const (
	core    side = iota
	driving      // an adapter that calls a driving port
	driven       // an adapter that implements a driven port
	wiring       // the program, which connects the others
)

// A pkg is a node of the drawing: a package with all packages below it.
type pkg struct {
	name    string
	side    side
	imports map[string]bool // packages that its files import
	ports   map[string]bool // interfaces of package ports that its files name
}

// packagesOf returns the packages of the program by name, without tests, proofs and benchmarks.
func packagesOf(tree *source.Tree) []*pkg {
	packages := make(map[string]*pkg)
	drives, drivenBy := interfaces(tree, "ports/driving.go"), interfaces(tree, "ports/driven.go")
	for _, file := range tree.Files {
		name := source.PackageOf(file.Folder())
		if file.Test() || !drawn(name) {
			continue
		}
		p := packages[name]
		if p == nil {
			p = &pkg{name: name, imports: make(map[string]bool), ports: make(map[string]bool)}
			packages[name] = p
		}
		for _, imported := range file.Imports() {
			if folder, ok := tree.Folder(imported.Path); ok && source.PackageOf(folder) != name && drawn(source.PackageOf(folder)) {
				p.imports[source.PackageOf(folder)] = true
				if folder == "ports" {
					maps.Copy(p.ports, named(file, imported.Name))
				}
			}
		}
	}
	sorted := slices.SortedFunc(maps.Values(packages), func(a, b *pkg) int { return strings.Compare(a.name, b.name) })
	for _, p := range sorted {
		p.classify(drives, drivenBy)
	}
	return sorted
}

func drawn(name string) bool {
	return slices.Contains([]string{"domain", "ports", "application", "cmd/roster"}, name) || strings.HasPrefix(name, "adapters/")
}

// classify sets the side of the package, and keeps only the ports of that side.
func (p *pkg) classify(drives, drivenBy map[string]bool) {
	of := make(map[string]bool)
	switch {
	case p.name == "cmd/roster":
		p.side = wiring
	case strings.HasPrefix(p.name, "adapters/"):
		p.side, of = driven, drivenBy
		for port := range p.ports {
			if drives[port] {
				p.side, of = driving, drives
			}
		}
	}
	maps.DeleteFunc(p.ports, func(port string, _ bool) bool { return !of[port] })
}

// interfaces returns the ports that a file declares: its interfaces that other packages can implement.
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

// named returns the identifiers that the file uses from the package that it imports under name.
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

func importsOf(packages []*pkg) map[string]map[string]bool {
	imports := make(map[string]map[string]bool)
	for _, p := range packages {
		imports[p.name] = p.imports
	}
	return imports
}
