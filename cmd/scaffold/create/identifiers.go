package create

import (
	"go/scanner"
	"go/token"
	"maps"
	"path"
)

// A lexeme is an identifier or a string in a Go file.
type lexeme struct {
	kind   token.Token // IDENT or STRING
	text   string
	offset int
}

// lexemesOf returns the identifiers and strings of a Go file, in its order.
func lexemesOf(text string) (found []lexeme) {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	for {
		switch pos, kind, literal := s.Scan(); kind {
		case token.IDENT, token.STRING:
			found = append(found, lexeme{kind, literal, file.Offset(pos)})
		case token.EOF:
			return found
		}
	}
}

// identifiers returns the names that a Go file uses.
func identifiers(text string) map[string]bool {
	names := make(map[string]bool)
	for _, l := range lexemesOf(text) {
		if l.kind == token.IDENT {
			names[l.text] = true
		}
	}
	return names
}

// identifiers returns, by folder, the names that its Go files use.
func (t Tree) identifiers() map[string]map[string]bool {
	used := make(map[string]map[string]bool)
	for name, text := range t {
		if path.Ext(name) == ".go" {
			folder := path.Dir(name)
			if used[folder] == nil {
				used[folder] = make(map[string]bool)
			}
			maps.Copy(used[folder], identifiers(text))
		}
	}
	return used
}
