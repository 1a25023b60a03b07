package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// budgetFile is read from the root of the repository. A service that the scaffold makes starts without it: size then only reports,
// until -update writes one.
const budgetFile = "cmd/proof/size/budgets.txt"

const header = `# Most lines of code that each package may have, and most lines of each test file that is longer than 400.
# "go run ./cmd/proof/size -update" lowers the numbers, and never raises one. Raise a number only for a named feature, in its commit.
`

// budgets are the limits by package or test file.
type budgets map[string]int

func parse(text string) (budgets, error) {
	b := make(budgets)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var name string
		var limit int
		if _, err := fmt.Sscanf(line, "%d %s", &limit, &name); err != nil {
			return nil, fmt.Errorf("%s: %q is not a number and a name", budgetFile, line)
		}
		b[name] = limit
	}
	return b, nil
}

// update returns today's sizes as budgets. A budget that is lower already stays.
func (b budgets) update(s sizes) budgets {
	updated := make(budgets)
	lower := func(name string, lines int) {
		if limit, ok := b[name]; ok {
			lines = min(lines, limit)
		}
		updated[name] = lines
	}
	for name, lines := range s.packages {
		if needsBudget(name) {
			lower(name, lines)
		}
	}
	for name, lines := range s.files {
		if _, listed := b[name]; listed || len(b) == 0 && strings.HasSuffix(name, "_test.go") {
			lower(name, lines)
		}
	}
	return updated
}

func (b budgets) String() string {
	text := header
	for _, name := range slices.Sorted(maps.Keys(b)) {
		text += fmt.Sprintf("%6d %s\n", b[name], name)
	}
	return text
}

// check returns one line for each size that breaks its limit, and for each budget of a package or file that needs none.
func (b budgets) check(s sizes) (found []string) {
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		limit, listed := b[name]
		switch lines := s.packages[name]; {
		case needsBudget(name) && !listed:
			report("%s has no budget: run -update, or add it to %s", name, budgetFile)
		case listed && lines > limit:
			report("%s has %d lines of code, %d more than its budget: shorten it, or move code out of it", name, lines, lines-limit)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if lines := s.files[name]; lines > max(maxFile, b[name]) {
			report("%s has %d lines, at most %d are allowed: split it", name, lines, max(maxFile, b[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if s.packages[name] == 0 && s.files[name] == 0 {
			report("%s has a budget and needs none: run -update, or remove it from %s", name, budgetFile)
		}
	}
	if s.sum > maxSum {
		report("the packages with a budget have %d lines of code, at most %d are allowed", s.sum, maxSum)
	}
	if s.core > maxCore {
		report("domain, ports and application have %d non-blank lines, at most %d are allowed", s.core, maxCore)
	}
	return found
}
