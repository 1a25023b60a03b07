package create

import (
	"go/scanner"
	"go/token"
)

// A goToken is a token of a Go file.
type goToken struct {
	kind   token.Token
	text   string
	offset int
}

// tokensOf returns the tokens of a Go file, with its comments.
func tokensOf(text string) (tokens []goToken) {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return tokens
		}
		tokens = append(tokens, goToken{kind, literal, file.Offset(pos)})
	}
}
