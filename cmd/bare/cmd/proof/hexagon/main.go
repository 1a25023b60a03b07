// Command hexagon draws the packages and their imports, from the source, into docs/architecture.md.
package main

import (
	"fmt"
	"os"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "hexagon:", err)
		os.Exit(1)
	}
}

func run() error {
	tree, err := source.Read(os.DirFS("."))
	if err != nil {
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
