// Package drawing draws the packages of the program and their imports.
package drawing

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// Document is the file with the drawing, between two markers.
const Document = "docs/architecture.md"

// Into returns the text of the document with the drawing of the tree between its markers.
func Into(text string, tree *source.Tree) (string, error) { return Between(text, "hexagon", Of(tree)) }

// Between returns a text with a block between the markers of a view: <!-- view:begin --> and <!-- view:end -->.
func Between(text, view, block string) (string, error) {
	begin, end := "<!-- "+view+":begin -->\n", "<!-- "+view+":end -->"
	before, rest, begins := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("no %q with an %q after it", strings.TrimSpace(begin), end)
	}
	return before + begin + block + end + after, nil
}

// Of returns a Mermaid block. An arrow is an import, labeled with the ports that it uses or implements. Of returns no arrow without a label
// that follows from two others: a package that imports ports imports domain.
func Of(tree *source.Tree) string {
	packages := packagesOf(tree)
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	drawSide(&b, packages, wiring, "")
	drawSide(&b, packages, driving, "driving adapters")
	drawSide(&b, packages, core, "core")
	drawSide(&b, packages, driven, "driven adapters")
	imports := importsOf(packages)
	for _, p := range packages {
		for _, to := range slices.Sorted(maps.Keys(p.imports)) {
			if !follows(imports, p, to) {
				fmt.Fprintf(&b, "  %s %s %s\n", id(p.name), arrow(p, to), id(to))
			}
		}
	}
	b.WriteString("```\n")
	return b.String()
}

func drawSide(b *strings.Builder, packages []*pkg, at side, title string) {
	packages = slices.DeleteFunc(slices.Clone(packages), func(p *pkg) bool { return p.side != at })
	if len(packages) == 0 {
		return
	}
	indent := "  "
	if title != "" {
		indent = "    "
		fmt.Fprintf(b, "  subgraph %s [%s]\n", id(title), title)
		defer b.WriteString("  end\n")
	}
	for _, p := range packages {
		shape := "[%s]"
		if p.side == core {
			shape = "{{%s}}"
		}
		fmt.Fprintf(b, indent+id(p.name)+shape+"\n", strings.TrimPrefix(p.name, "adapters/"))
	}
}

// arrow draws an import. A driven adapter implements the ports that it names; other packages use them.
func arrow(p *pkg, to string) string {
	line, label := "-->", label(p, to)
	if p.side == driven {
		line = "-.->"
	}
	if label == "" {
		return line
	}
	return line + "|" + label + "|"
}

// label names the ports that p uses or implements.
func label(p *pkg, to string) string {
	if to != "ports" {
		return ""
	}
	return strings.Join(slices.Sorted(maps.Keys(p.ports)), ", ")
}

// follows reports whether p also imports to through a third package, and the arrow has no label to show.
func follows(imports map[string]map[string]bool, p *pkg, to string) bool {
	for via := range imports[p.name] {
		seen := make(map[string]bool)
		Reach(imports, via, seen)
		if via != to && seen[to] {
			return label(p, to) == ""
		}
	}
	return false
}

// Reach adds to seen the packages that from imports, directly or indirectly.
func Reach(imports map[string]map[string]bool, from string, seen map[string]bool) {
	for to := range imports[from] {
		if !seen[to] {
			seen[to] = true
			Reach(imports, to, seen)
		}
	}
}

func id(name string) string { return strings.ReplaceAll(path.Base(name), " ", "_") }
