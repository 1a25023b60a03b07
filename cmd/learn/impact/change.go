// Package impact measures what changes cost in two services that do the same: naive (cmd/bench/naive), which has everything in one
// handler function, and roster, which has layers.
//
// A change is a folder of cmd/learn/_impact. It has a patch for each of the two, which includes the tests that a careful author
// changes or adds. It also has three slips for each: plausible mistakes, planted into the changed code. To measure, both services are
// changed in a temporary copy of the tree, one after the other. The copy has no parity test of naive, because that compares the two.
package impact

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/cmd/learn/patch"
)

// Folder has the changes.
const Folder = "cmd/learn/_impact"

// services are the two that are compared, in the order of all tables.
var services = []string{"naive", "roster"}

// A change is made to both services.
type change struct {
	n     int
	name  string // of its folder
	title string
	by    map[string]patches // of each service
}

type patches struct {
	change patch.Patch
	slips  []patch.Patch // of the changed tree; the note says what the mistake is
}

// slips are the letters of the slips of each change.
var slips = []string{"a", "b", "c"}

// read returns the changes in order. The numbers of their folders are 1, 2, 3 …
func read(tree fs.FS) ([]change, error) {
	folders, err := fs.Glob(tree, path.Join(Folder, "[0-9]*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(folders)
	var all []change
	for i, folder := range folders {
		c, err := readChange(tree, folder)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		if c.n != i+1 {
			return nil, fmt.Errorf("%s: its number must be %d", folder, i+1)
		}
		all = append(all, c)
	}
	return all, nil
}

func readChange(tree fs.FS, folder string) (change, error) {
	c := change{name: path.Base(folder), by: make(map[string]patches)}
	number, _, _ := strings.Cut(c.name, "-")
	var err error
	if c.n, err = strconv.Atoi(number); err != nil {
		return change{}, fmt.Errorf("%q must begin with a number and a dash", c.name)
	}
	about, err := fs.ReadFile(tree, path.Join(folder, "about.md"))
	if err != nil {
		return change{}, err
	}
	line, _, _ := strings.Cut(string(about), "\n")
	var ok bool
	if c.title, ok = strings.CutPrefix(strings.TrimSpace(line), "# "); !ok {
		return change{}, fmt.Errorf("about.md must begin with a title, got %q", line)
	}
	for _, service := range services {
		var p patches
		if p.change, err = readPatch(tree, folder, service+".patch"); err != nil {
			return change{}, err
		}
		for _, letter := range slips {
			slip, err := readPatch(tree, folder, "slip-"+letter+"-"+service+".patch")
			if err != nil {
				return change{}, err
			}
			if slip.Note == "" {
				return change{}, fmt.Errorf("slip-%s-%s.patch must begin with a line that says what the mistake is", letter, service)
			}
			p.slips = append(p.slips, slip)
		}
		c.by[service] = p
	}
	return c, nil
}

func readPatch(tree fs.FS, folder, name string) (patch.Patch, error) {
	text, err := fs.ReadFile(tree, path.Join(folder, name))
	if err != nil {
		return patch.Patch{}, err
	}
	p, err := patch.Parse(string(text))
	if err != nil {
		return patch.Patch{}, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}
