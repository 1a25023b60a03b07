package main

import (
	"bytes"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/hexagon/views"
	"example.com/roster/cmd/proof/source"
)

// Limits for the whole repository.
const (
	maxSum  = 26_628 // lines of code in all packages that have a budget; 2,200 of them are the record of the service, 1,900 what a bare one begins with
	maxCore = 2_500  // non-blank lines, comments included, in domain, ports and application: a newcomer reads them whole
	maxFile = 400    // lines in one hand-written file
)

// sizes are the counts of one source tree. Generated files count nowhere, and tests only as files.
type sizes struct {
	packages map[string]int // lines of code
	sum      int            // lines of code in all packages that need a budget
	all      int            // lines of code in all packages
	core     int            // non-blank lines in domain, ports and application
	files    map[string]int // lines in each file that has more than maxFile
}

func count(tree *source.Tree) sizes {
	s := sizes{packages: make(map[string]int), files: make(map[string]int)}
	for _, f := range tree.Files {
		if f.Generated() {
			continue
		}
		if lines := bytes.Count(f.Text, []byte("\n")); lines > maxFile {
			s.files[f.Path] = lines
		}
		if f.Test() {
			continue
		}
		name, code := source.PackageOf(f.Folder()), views.LinesOfCode(f)
		if slices.Contains(testKits, f.Folder()) {
			name = f.Folder()
		}
		s.packages[name] += code
		s.all += code
		if needsBudget(name) {
			s.sum += code
		}
		if inCore(name) {
			s.core += nonBlank(f.Text)
		}
	}
	return s
}

func inCore(name string) bool { return name == "domain" || name == "ports" || name == "application" }

// testKits are packages of adapters that only tests use, as they use portstest.
var testKits = []string{"adapters/membus", "adapters/postgres/pgtest"}

// needsBudget reports whether the package is part of what runs in a copy; tests, test kits, measures and examples are not.
func needsBudget(name string) bool {
	if slices.Contains(testKits, name) {
		return false
	}
	return inCore(name) || strings.HasPrefix(name, "adapters/") || name == "cmd/roster" || name == "cmd/scaffold" || name == "cmd/bare"
}

func nonBlank(text []byte) (lines int) {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			lines++
		}
	}
	return lines
}
