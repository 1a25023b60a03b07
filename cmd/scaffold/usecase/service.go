package usecase

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// A service is what the use case is added to. Its module and its name are in the templates.
type service struct {
	root    string
	fsys    fs.FS
	Service string // the name of the program and its folder
	Number  string // of the next migration
	Others  []role // all but staff
	Keys    bool   // whether commands may have idempotency keys
	Limits  bool   // whether the HTTP API has a rate limit
}

// A role is a constant of package ports, and its value.
type role struct{ Name, Text string }

var (
	idempotency  = regexp.MustCompile(`(?m)^(type|\t)\s*IdempotencyRecord struct`)
	roleConstant = regexp.MustCompile(`(?m)^\t(\w+) +Role = "(\w+)"`)
)

// readService reads the facts about the service in root.
func readService(root string) (service, error) {
	s := service{root: root, fsys: os.DirFS(root)}
	if !s.has("go.mod") {
		return s, errors.New("this folder has no go.mod: run the command in the root of the service")
	}
	programs := s.files("cmd/*/app/commands.go")
	if len(programs) != 1 {
		return s, fmt.Errorf("this folder has %d files cmd/*/app/commands.go, and must have one: run the command in the root of a service", len(programs))
	}
	s.Service = path.Base(path.Dir(path.Dir(programs[0])))

	spec, err := s.read("adapters/httpapi/openapi.yaml")
	if err != nil {
		return s, err
	}
	s.Limits = bytes.Contains(spec, []byte("\n    RateLimited:\n"))
	last := 0
	for _, file := range s.files("adapters/*/migrations/*.sql") {
		number := 0
		_, _ = fmt.Sscanf(path.Base(file), "%d_", &number) // another file has none
		last = max(last, number)
	}
	s.Number = fmt.Sprintf("%05d", last+1)
	for _, file := range s.files("ports/*.go") {
		text, err := s.read(file)
		if err != nil {
			return s, err
		}
		s.Keys = s.Keys || idempotency.Match(text)
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
	if err != nil {
		return nil, err
	}
	return []byte(filetree.WithLF(text)), nil
}

// files returns the files that match a pattern, as paths from the root.
func (s service) files(pattern string) []string {
	found, _ := fs.Glob(s.fsys, pattern) // the pattern is sound
	return found
}

// drawn returns the documents with a block of imports or sizes, which cmd/proof/hexagon writes again.
func (s service) drawn() []string {
	return slices.DeleteFunc([]string{"README.md", "docs/architecture.md"}, func(name string) bool {
		text, _ := s.read(name) // a missing one has none
		return !bytes.Contains(text, []byte(":begin -->"))
	})
}
