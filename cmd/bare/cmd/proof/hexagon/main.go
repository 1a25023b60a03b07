// Command hexagon draws the packages and their imports, from the source.
//
//	go run ./cmd/proof/hexagon          # prints the drawing
//	go run ./cmd/proof/hexagon -write   # writes the document
package main

import (
	"flag"
	"fmt"
	"os"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

func main() {
	write := flag.Bool("write", false, "write the drawing into "+drawing.Document)
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
	text, err := os.ReadFile(drawing.Document)
	if err != nil {
		return err
	}
	fresh, err := drawing.Into(string(text), tree)
	if err != nil {
		return err
	}
	return os.WriteFile(drawing.Document, []byte(fresh), 0o644)
}
