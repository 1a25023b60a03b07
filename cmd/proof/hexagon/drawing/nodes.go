package drawing

import (
	"maps"
	"slices"

	"example.com/roster/cmd/proof/source"
)

// A Package is a node of the drawing, for drawings of other kinds.
type Package struct {
	Name    string   // such as adapters/httpapi
	Side    string   // core, driving, driven or wiring
	Imports []string // packages that it imports, but none that follows from two others and has no label
	Ports   []string // that it uses, or implements if it is driven
}

// Packages returns the nodes of the drawing, by name.
func Packages(tree *source.Tree) (all []Package) {
	packages := packagesOf(tree)
	imports := importsOf(packages)
	for _, p := range packages {
		direct := slices.DeleteFunc(slices.Sorted(maps.Keys(p.imports)), func(to string) bool { return follows(imports, p, to) })
		all = append(all, Package{p.name, p.side.String(), direct, slices.Sorted(maps.Keys(p.ports))})
	}
	return all
}

func (s side) String() string { return [...]string{"core", "driving", "driven", "wiring"}[s] }
