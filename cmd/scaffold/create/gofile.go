package create

import (
	"go/scanner"
	"go/token"
)

// A piece is a token of a Go file.
type piece struct {
	kind   token.Token
	text   string
	offset int
}

// tokensOf returns the tokens of a Go file, comments among them.
func tokensOf(text string) (pieces []piece) {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return pieces
		}
		pieces = append(pieces, piece{kind, literal, file.Offset(pos)})
	}
}
