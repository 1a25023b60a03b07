// Package views draws the other views of the architecture, beside package drawing: the programs, and what the manifests deploy. It also
// counts the sizes in the map.
package views

import (
	"strings"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

// Into returns the text of [drawing.Document] with all drawings of the tree between their markers. A service may lack the markers of a
// view.
func Into(text string, tree *source.Tree) (string, error) {
	text, err := drawing.Into(text, tree)
	for view, draw := range map[string]func(*source.Tree) (string, error){"implementation": Programs, "deployment": Deployment} {
		if err == nil && strings.Contains(text, "<!-- "+view+":begin -->") {
			var block string
			if block, err = draw(tree); err == nil {
				text, err = drawing.Between(text, view, block)
			}
		}
	}
	return text, err
}
