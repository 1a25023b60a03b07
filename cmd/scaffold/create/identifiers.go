package create

import (
	"go/scanner"
	"go/token"
	"maps"
	"path"
)

// An identifier is a name in a Go file.
type identifier struct {
	name   string
	offset int
}

// identifiersOf returns the identifiers of a Go file, in its order.
func identifiersOf(text string) (found []identifier) {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	for {
		switch pos, kind, literal := s.Scan(); kind {
		case token.IDENT:
			found = append(found, identifier{literal, file.Offset(pos)})
		case token.EOF:
			return found
		}
	}
}

// identifiers returns the names that a Go file uses.
func identifiers(text string) map[string]bool {
	names := make(map[string]bool)
	for _, i := range identifiersOf(text) {
		names[i.name] = true
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
