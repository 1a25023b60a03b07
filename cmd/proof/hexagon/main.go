// Command hexagon draws the packages and their imports, and counts the sizes in the map, from the source.
//
//	go run ./cmd/proof/hexagon          # prints the drawing
//	go run ./cmd/proof/hexagon -write   # writes the documents
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/hexagon/views"
	"example.com/roster/cmd/proof/source"
)

func main() {
	write := flag.Bool("write", false, "write the drawing into "+drawing.Document+", and the sizes into "+views.Map)
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "hexagon:", err)
		os.Exit(1)
	}
}

func run(write bool) error {
	tree, err := source.Read(os.DirFS("."))
	if err != nil {
		return err
	}
	if !write {
		_, err := fmt.Print(drawing.Of(tree))
		return err
	}
	return errors.Join(rewrite(drawing.Document, tree, views.Into), rewrite(views.Map, tree, views.SizesInto))
}

func rewrite(document string, tree *source.Tree, into func(string, *source.Tree) (string, error)) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	fresh, err := into(string(text), tree)
	if err != nil {
		return err
	}
	return os.WriteFile(document, []byte(fresh), 0o644)
}
