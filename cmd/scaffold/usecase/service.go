package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"

	"golang.org/x/mod/modfile"
)

// A service is what the use case is added to.
type service struct {
	root    string
	fsys    fs.FS
	Module  string // the module's path
	Service string // the name of the program and its folder
	Roles   string // the prefix of PostgreSQL's roles
	Number  string // of the next migration
	Others  []role // all but staff
	Limited bool   // whether the HTTP API has a rate limit
}

// A role is a constant of package ports, and its value.
type role struct{ Name, Text string }

var (
	serveRole       = regexp.MustCompile(`\bTO (\w+)_serve\b`)
	migrationNumber = regexp.MustCompile(`^(\d+)_`)
	roleConstant    = regexp.MustCompile(`(?m)^\t(\w+) +Role = "(\w+)"`)
)

// readService reads the facts about the service in root.
func readService(root string) (service, error) {
	s := service{root: root, fsys: os.DirFS(root)}
	mod, err := s.read("go.mod")
	if err != nil {
		return s, errors.New("this folder has no go.mod: run the command in the root of the service")
	}
	s.Module = modfile.ModulePath(mod)
	programs := s.files("cmd/*/app/commands.go")
	if s.Module == "" || len(programs) != 1 {
		return s, fmt.Errorf("this folder has %d files cmd/*/app/commands.go, and must have one: run the command in the root of a service", len(programs))
	}
	s.Service = path.Base(path.Dir(path.Dir(programs[0])))

	spec, err := s.read("adapters/httpapi/openapi.yaml")
	if err != nil {
		return s, err
	}
	s.Limited = bytes.Contains(spec, []byte("\n    RateLimited:\n"))

	last, width := 0, 5
	for _, file := range s.files("adapters/*/migrations/*.sql") {
		if m := migrationNumber.FindStringSubmatch(path.Base(file)); m != nil {
			number, _ := strconv.Atoi(m[1])
			last, width = max(last, number), len(m[1])
		}
		text, err := s.read(file)
		if err != nil {
			return s, err
		}
		if m := serveRole.FindSubmatch(text); m != nil {
			s.Roles = string(m[1])
		}
	}
	s.Number = fmt.Sprintf("%0*d", width, last+1)
	for _, file := range s.files("ports/*.go") {
		text, err := s.read(file)
		if err != nil {
			return s, err
		}
		for _, m := range roleConstant.FindAllSubmatch(text, -1) {
			if r := (role{string(m[1]), string(m[2])}); r.Name != "Staff" {
				s.Others = append(s.Others, r)
			}
		}
	}
	return s, nil
}

// has reports whether the service has a file or folder.
func (s service) has(name string) bool {
	_, err := fs.Stat(s.fsys, name)
	return err == nil
}

// read returns a file with LF as line end.
func (s service) read(name string) ([]byte, error) {
	text, err := fs.ReadFile(s.fsys, name)
	return withLF(text), err
}

func withLF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// files returns the files that match a pattern, as paths from the root.
func (s service) files(pattern string) []string {
	found, _ := fs.Glob(s.fsys, pattern) // the pattern is sound
	return found
}
