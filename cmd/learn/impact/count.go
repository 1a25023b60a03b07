package impact

import (
	"path"
	"strings"

	"example.com/roster/cmd/learn/patch"
)

// A Cost is what a change costs in one service.
type Cost struct {
	Files        int     `json:"files"`        // written by hand, without tests
	Lines        int     `json:"lines"`        // added or removed in these files
	Packages     int     `json:"packages"`     // folders of all files that are written by hand
	TestFiles    int     `json:"testFiles"`    // changed or added
	TestLines    int     `json:"testLines"`    // added or removed in these
	Generated    int     `json:"generated"`    // lines that a command writes: generated code, documents, lists of promises
	TestsRun     int     `json:"testsRun"`     // tests of packages that depend on what changed, without subtests
	TestPackages int     `json:"testPackages"` // these packages
	Seconds      float64 `json:"seconds"`      // to compile and run them
}

// count returns the part of the cost that the patch alone shows.
func count(p patch.Patch) Cost {
	var c Cost
	packages := make(map[string]bool)
	for _, f := range p.Files {
		n := lines(f)
		switch {
		case isGenerated(f.Name):
			c.Generated += n
			continue
		case isTest(f.Name):
			c.TestFiles++
			c.TestLines += n
		default:
			c.Files++
			c.Lines += n
		}
		packages[path.Dir(f.Name)] = true
	}
	c.Packages = len(packages)
	return c
}

func isTest(name string) bool {
	dir := path.Dir(name) + "/"
	return strings.HasSuffix(name, "_test.go") || strings.Contains(dir, "test/") || strings.HasPrefix(name, "cmd/proof/") && !strings.HasPrefix(name, "cmd/proof/arch/")
}

// isGenerated reports whether a command of the repository writes the file.
func isGenerated(name string) bool {
	switch name {
	case "docs/rules.md", "docs/clients.md", "docs/architecture.md", "cmd/roster/app/wire_gen.go":
		return true
	}
	return strings.HasSuffix(name, ".gen.go") || strings.HasPrefix(name, "cmd/proof/promises/testdata/") || strings.HasPrefix(name, "cmd/proof/contract/testdata/") ||
		strings.HasPrefix(name, "docs/service/")
}

// lines returns how many lines are added or removed. A line that is only moved or indented differently does not count.
func lines(f patch.File) (n int) {
	balance := make(map[string]int)
	for _, h := range f.Hunks {
		for _, line := range h.Old {
			balance[strings.TrimSpace(line)]--
		}
		for _, line := range h.New {
			balance[strings.TrimSpace(line)]++
		}
	}
	for line, b := range balance {
		if line != "" {
			n += max(b, -b)
		}
	}
	return n
}
