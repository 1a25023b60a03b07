package main

import (
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// Budgets are lines of code. Where a room wants more, ask what it should not do.
var budgets = map[string]int{
	"domain":                     350,
	"ports":                      300,
	"application":                900,
	"adapters/internal/sqlstore": 900,
	"cmd/roster":                 400,
	"cmd/scaffold":               1_500,
}

const (
	adapter = 500   // for each without a line of its own
	house   = 6_500 // for all together
)

// budgetOf returns a room's budget; what proves, measures and shows has none.
func budgetOf(room string) (int, bool) {
	if budget, ok := budgets[room]; ok {
		return budget, true
	}
	return adapter, strings.HasPrefix(room, "adapters/")
}

type room struct {
	name  string
	lines int
}

// count returns the rooms in order of name, with their lines of code: neither tests nor generated files count.
func count(tree *source.Tree) []room {
	lines := make(map[string]int)
	for _, f := range tree.Files {
		if !f.Test() && !f.Generated() {
			lines[source.Room(f.Folder())] += linesOfCode(f.Text)
		}
	}
	var rooms []room
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		rooms = append(rooms, room{name, lines[name]})
	}
	return rooms
}

// linesOfCode counts the lines that hold code: no blank ones, none with nothing but a comment.
func linesOfCode(text []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	code, last := 0, 0
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return code
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // the scanner put it there
		}
		first := file.Line(pos)
		end := first + strings.Count(literal, "\n")
		code += end - max(first-1, last)
		last = end
	}
}
