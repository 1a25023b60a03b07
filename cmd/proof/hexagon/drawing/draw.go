// Package drawing draws the rooms and what they know of each other, as the source says.
package drawing

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// Document is where the drawing is shown, between two marks.
const Document = "docs/architecture.md"

const (
	begin = "<!-- hexagon:begin -->\n"
	end   = "<!-- hexagon:end -->"
)

// Into returns the document's text with the tree drawn between its marks.
func Into(text string, tree *source.Tree) (string, error) {
	before, rest, begins := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("%s: no %q with an %q after it", Document, strings.TrimSpace(begin), end)
	}
	return before + begin + Of(tree) + end + after, nil
}

// Of returns a Mermaid block: an arrow is an import, named by the ports that it is for. What follows from two arrows is
// left out, for who knows ports knows domain.
func Of(tree *source.Tree) string {
	rooms := roomsOf(tree)
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	drawSide(&b, rooms, wiring, "")
	drawSide(&b, rooms, driving, "driving adapters")
	drawSide(&b, rooms, core, "core")
	drawSide(&b, rooms, driven, "driven adapters")
	knows := make(map[string]map[string]bool)
	for _, r := range rooms {
		knows[r.name] = r.knows
	}
	for _, r := range rooms {
		for _, to := range slices.Sorted(maps.Keys(r.knows)) {
			if !follows(knows, r.name, to) {
				fmt.Fprintf(&b, "  %s %s %s\n", id(r.name), arrow(r, to), id(to))
			}
		}
	}
	b.WriteString("```\n")
	return b.String()
}

func drawSide(b *strings.Builder, rooms []*room, at side, title string) {
	rooms = slices.DeleteFunc(slices.Clone(rooms), func(r *room) bool { return r.side != at })
	if len(rooms) == 0 {
		return
	}
	indent := "  "
	if title != "" {
		indent = "    "
		fmt.Fprintf(b, "  subgraph %s [%s]\n", id(title), title)
		defer b.WriteString("  end\n")
	}
	for _, r := range rooms {
		shape := "[%s]"
		if r.side == core {
			shape = "{{%s}}"
		}
		fmt.Fprintf(b, indent+id(r.name)+shape+"\n", strings.TrimPrefix(r.name, "adapters/"))
	}
}

// arrow draws how a room knows another: a driven adapter serves the ports that it names, others use them.
func arrow(r *room, to string) string {
	line, label := "-->", ""
	if r.side == driven {
		line = "-.->"
	}
	if to == "ports" {
		label = strings.Join(slices.Sorted(maps.Keys(r.ports)), ", ")
	}
	if label == "" {
		return line
	}
	return line + "|" + label + "|"
}

// follows reports whether from knows to through a third room as well.
func follows(knows map[string]map[string]bool, from, to string) bool {
	for via := range knows[from] {
		seen := make(map[string]bool)
		reach(knows, via, seen)
		if via != to && seen[to] {
			return true
		}
	}
	return false
}

// reach adds to seen what from knows, and what those know.
func reach(knows map[string]map[string]bool, from string, seen map[string]bool) {
	for to := range knows[from] {
		if !seen[to] {
			seen[to] = true
			reach(knows, to, seen)
		}
	}
}

func id(name string) string { return strings.ReplaceAll(path.Base(name), " ", "_") }
