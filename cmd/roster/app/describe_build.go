package app

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"path"
	"runtime/debug"
	"strings"

	"example.com/roster/cmd/roster/record"
)

// What the program cannot find out when it runs. A line is a package with what it imports, or a module with its licence.
//
//go:generate go run ../../proof/inventory
var (
	//go:embed packages.txt
	packageList string
	//go:embed licences.txt
	licenceList string
)

// describePackages adds the service's own packages.
func describePackages(_ context.Context, r *record.Record) error {
	for name, imports := range listed(packageList) {
		p := record.Package{Name: strings.TrimSuffix(name, ":"), Source: "the imports of its files"}
		for imported := range strings.FieldsSeq(imports) {
			if host, _, _ := strings.Cut(imported, "/"); strings.Contains(host, ".") {
				p.Modules = append(p.Modules, imported)
			} else {
				p.Imports = append(p.Imports, imported)
			}
		}
		r.Packages = append(r.Packages, p)
	}
	return nil
}

// describeModules adds the modules that this program is linked from.
func describeModules(_ context.Context, r *record.Record) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("the program does not say what it was built from: build it with modules")
	}
	licences := make(map[string]string)
	for module, licence := range listed(licenceList) {
		licences[module] = licence
	}
	for _, m := range info.Deps {
		module := record.Module{
			Type: "golang", Path: m.Path, Version: m.Version, Licence: cmp.Or(licences[m.Path], record.NoAssertion), Source: "the build information of the program",
		}
		if m.Replace != nil {
			module.Replace = strings.TrimSuffix(path.Clean(m.Replace.Path)+"@"+m.Replace.Version, "@")
		}
		r.Modules = append(r.Modules, module)
	}
	return nil
}

// listed returns the lines of a list without its comments: the first word, and the rest.
func listed(list string) func(yield func(first, rest string) bool) {
	return func(yield func(string, string) bool) {
		for line := range strings.Lines(list) {
			first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if first != "#" && first != "" && !yield(first, rest) {
				return
			}
		}
	}
}
