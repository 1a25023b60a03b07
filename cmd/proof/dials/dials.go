// Package dials records each address that a program connects to. It builds the program with a standard library whose net package writes
// them down, by an overlay: whichever library connects, and however often, nothing is missed.
package dials

import (
	"bytes"
	"context"
	"errors"
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

// Every socket that is connected passes the first function, those of the resolver too. The resolver reads its configuration in the second.
var insertions = []overlay.Insertion{
	{File: "sock_posix.go", Function: "netFD.dial", Import: `os_ "os"`, Code: `
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
	{File: "dnsconfig_unix.go", Function: "dnsReadConfig", Import: `os_ "os"`, Code: `
	if server_ := os_.Getenv("` + NameServer + `"); server_ != "" {
		return &dnsConfig{ndots: 1, timeout: 5 * time.Second, attempts: 2, servers: []string{server_}}
	}`},
}

// Build builds cmd/roster of the module at root into the folder dir, and returns the path of the program. The program is built without
// cgo, as the image is, so that package net looks up names, too.
func Build(root, dir string) (program string, err error) {
	replace, err := changedNet()
	if err != nil {
		return "", err
	}
	return overlay.Build{Root: root, Dir: dir, Package: "./cmd/roster", Replace: replace, Variables: []string{"CGO_ENABLED=0"}}.Program(context.Background())
}

// changedNet returns the changed files of package net. It is an error if this version of Go has not the functions.
func changedNet() (map[string][]byte, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	return overlay.In(filepath.Join(string(bytes.TrimSpace(goroot)), "src", "net"), insertions...)
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
