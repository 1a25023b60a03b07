// Package dials records each address that a program connects to. It builds the program with a standard library whose net package writes
// them down, by an overlay: whichever library connects, and however often, nothing is missed.
package dials

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/overlay"
)

const (
	// Variable is the environment variable with the path of the file that the program appends to.
	Variable = "PROOF_DIALS"
	// NameServer is the environment variable with the address of the name server to ask, instead of the machine's.
	NameServer = "PROOF_NAME_SERVER"
)

// An insertion is code at the start of a function of package net.
type insertion struct{ file, receiver, function, code string }

// Every socket that is connected passes the first function, those of the resolver too. The resolver reads its configuration in the second.
var insertions = []insertion{
	{"sock_posix.go", "netFD", "dial", `
	if record_ := os_.Getenv("` + Variable + `"); record_ != "" && raddr != nil {
		file_, err := os_.OpenFile(record_, os_.O_APPEND|os_.O_CREATE|os_.O_WRONLY, 0o600)
		if err == nil {
			_, err = file_.WriteString(fd.net + " " + raddr.String() + "\n")
			file_.Close()
		}
		if err != nil {
			panic("an address is dialled, and is not recorded: " + err.Error())
		}
	}`},
	{"dnsconfig_unix.go", "", "dnsReadConfig", `
	if server_ := os_.Getenv("` + NameServer + `"); server_ != "" {
		return &dnsConfig{ndots: 1, timeout: 5 * time.Second, attempts: 2, servers: []string{server_}}
	}`},
}

// Build builds cmd/roster of the module at root into the folder dir, and returns the path of the program. The program is built without
// cgo, as the image is, so that package net looks up names, too.
func Build(root, dir string) (program string, err error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	replace := make(map[string][]byte)
	for _, i := range insertions {
		path := filepath.Join(string(bytes.TrimSpace(goroot)), "src", "net", i.file)
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if replace[path], err = i.into(text); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	return overlay.Build(root, dir, "./cmd/roster", replace, "CGO_ENABLED=0")
}

// into returns the text of the file with the code at the start of the function.
func (i insertion) into(text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, i.file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range syntax.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Name.Name == i.function && receiver(f) == i.receiver {
			return overlay.Insert(text, map[int]string{
				fset.Position(syntax.Name.End()).Offset: `; import os_ "os"`,
				fset.Position(f.Body.Lbrace).Offset + 1: i.code,
			}), nil
		}
	}
	return nil, errors.New("this version of Go has no function " + i.function + ", so what it dials can't be recorded")
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		if name, ok := pointer.X.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}

// Read returns the addresses of a record, each once, in order of the text, as network and address: tcp 127.0.0.1:4222. A program that
// has dialled nothing has no record.
func Read(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return slices.Compact(slices.Sorted(strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == '\n' }))), err
}
