package record_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/programs"
	"example.com/roster/cmd/roster/record"
)

// comparePackages compares the record with what the Go command compiles into the program: package, and what it imports.
func comparePackages(r record.Record, compiled map[string][]string) (report []string) {
	var recorded, observed []string
	for _, p := range r.Packages {
		recorded = append(recorded, p.Name)
		if imports, ok := compiled[p.Name]; ok {
			report = append(report, differences(p.Name+" imports", slices.Concat(p.Imports, p.Modules), imports)...)
		}
	}
	for name := range compiled {
		observed = append(observed, name)
	}
	return append(report, differences("package", recorded, observed)...)
}

// compiled returns the packages of the program on any platform, each with the service's packages and the modules that it imports.
func compiled(t *testing.T) map[string][]string {
	t.Helper()
	type listed struct {
		ImportPath string
		Imports    []string
		Module     *struct {
			Path string
			Main bool
		}
	}
	found := make(map[string][]string)
	for _, platform := range programs.Platforms {
		packages := make(map[string]listed)
		var main string
		for _, line := range goList(t, platform, "-deps", "-f",
			`{{if .Module}}{"ImportPath":"{{.ImportPath}}","Module":{"Path":"{{.Module.Path}}","Main":{{.Module.Main}}},"Imports":["{{join .Imports "\",\""}}"]}{{end}}`,
			"./cmd/roster") {
			var p listed
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			packages[p.ImportPath] = p
			if p.Module.Main {
				main = p.Module.Path
			}
		}
		own := func(path string) string { return strings.TrimPrefix(path, main+"/") }
		for _, p := range packages {
			if !p.Module.Main {
				continue
			}
			imports := found[own(p.ImportPath)]
			for _, imported := range p.Imports {
				switch to, ok := packages[imported]; {
				case ok && to.Module.Main:
					imports = append(imports, own(imported))
				case ok:
					imports = append(imports, to.Module.Path)
				}
			}
			slices.Sort(imports)
			found[own(p.ImportPath)] = slices.Compact(imports)
		}
	}
	return found
}

func TestPackages(t *testing.T) {
	t.Parallel()
	observed := compiled(t)
	of := func(r *record.Record, name string) *record.Package {
		return &r.Packages[slices.IndexFunc(r.Packages, func(p record.Package) bool { return p.Name == name })]
	}
	catches(t, func(r record.Record) []string { return comparePackages(r, observed) },
		lie{"a package more", func(r *record.Record) { r.Packages = append(r.Packages, record.Package{Name: "adapters/x"}) }, "package adapters/x is in the record"},
		lie{"a package less", func(r *record.Record) { r.Packages = r.Packages[1:] }, "is in the running system"},
		lie{"an import more", func(r *record.Record) { of(r, "domain").Imports = []string{"ports"} }, "domain imports ports is in the record"},
		lie{"an import less", func(r *record.Record) { of(r, "ports").Imports = nil }, "ports imports domain is in the running system"},
		lie{"a module less", func(r *record.Record) { of(r, "adapters/httpapi").Modules = nil }, "adapters/httpapi imports github.com/labstack/echo/v4 is in the running"},
	)
}
