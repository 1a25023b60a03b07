package views

import (
	"fmt"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// Map is the file with the map: tables, between two markers, whose rows end in a number of files and of lines of code.
const Map = "README.md"

const (
	beginSizes = "<!-- sizes:begin -->\n"
	endSizes   = "<!-- sizes:end -->"
)

var (
	link  = regexp.MustCompile(`\]\(([^)]+)\)`)
	sizes = regexp.MustCompile(`[^|]*\|[^|]*\|$`)
)

// SizesInto returns the text of the map with the sizes of the tree. A row counts the hand-written files, without tests, of the packages
// and files to which its first cell links; a row without links has the sum of the rows above it. Lines of code are rounded to two digits.
func SizesInto(text string, tree *source.Tree) (string, error) {
	before, rest, begins := strings.Cut(text, beginSizes)
	tables, after, ends := strings.Cut(rest, endSizes)
	if !begins {
		return text, nil
	}
	if !ends {
		return "", fmt.Errorf("%s: no %q after %q", Map, endSizes, strings.TrimSpace(beginSizes))
	}
	rows := strings.Split(tables, "\n")
	files, lines, inTable := 0, 0, false
	for i, row := range rows {
		if !strings.HasPrefix(row, "|") {
			files, lines, inTable = 0, 0, false
			continue
		}
		if !inTable {
			inTable = strings.HasPrefix(row, "| ---")
			continue
		}
		first, _, _ := strings.Cut(row[1:], " | ")
		f, l := files, lines
		if links := link.FindAllStringSubmatch(first, -1); len(links) > 0 {
			if f, l = sizeOf(tree, links); f == 0 {
				return "", fmt.Errorf("%s: no Go file matches %q", Map, first)
			}
			files, lines = files+f, lines+l
		}
		rows[i] = sizes.ReplaceAllString(row, fmt.Sprintf(" %d | %d |", f, round(l)))
	}
	return before + beginSizes + strings.Join(rows, "\n") + endSizes + after, nil
}

func sizeOf(tree *source.Tree, links [][]string) (files, lines int) {
	for _, f := range tree.Files {
		if f.Test() || f.Generated() {
			continue
		}
		for _, l := range links {
			if l[1] == f.Path || l[1] == f.Folder() || l[1] == source.PackageOf(f.Folder()) {
				files, lines = files+1, lines+LinesOfCode(f)
				break
			}
		}
	}
	return files, lines
}

func round(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// LinesOfCode returns the number of lines that hold code: no blank lines, and no lines with only a comment.
func LinesOfCode(f *source.File) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(f.Text))
	var s scanner.Scanner
	s.Init(file, f.Text, nil, 0)
	code, last := 0, 0
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return code
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // the scanner inserted it
		}
		first := file.Line(pos)
		end := first + strings.Count(literal, "\n")
		code += end - max(first-1, last)
		last = end
	}
}
