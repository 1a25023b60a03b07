// Command hexagon draws the rooms and what they know of each other, as the source says, for docs/architecture.md.
//
//	go run ./cmd/proof/hexagon          # prints the drawing
//	go run ./cmd/proof/hexagon -write   # puts it into the document
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"example.com/roster/cmd/proof/source"
)

const (
	document = "docs/architecture.md"
	begin    = "<!-- hexagon:begin -->\n"
	end      = "<!-- hexagon:end -->"
)

func main() {
	write := flag.Bool("write", false, "put the drawing into "+document)
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
	drawing := draw(tree)
	if !write {
		_, err := fmt.Print(drawing)
		return err
	}
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	drawn, err := replace(string(text), drawing)
	if err != nil {
		return err
	}
	return os.WriteFile(document, []byte(drawn), 0o644)
}

// replace returns the document with the drawing between its marks.
func replace(text, drawing string) (string, error) {
	before, rest, begins := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("%s: no %q with an %q after it", document, strings.TrimSpace(begin), end)
	}
	return before + begin + drawing + end + after, nil
}
