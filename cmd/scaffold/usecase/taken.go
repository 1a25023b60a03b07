package usecase

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// checkNames refuses a name that the service has for another command, table or route: the compiler would not.
func (p *plan) checkNames() error {
	f, s := p.forms, p.service
	commands := slices.Concat(s.files("adapters/cli/*.go"), s.files("cmd/"+s.Service+"/app/*.go"))
	migrations := s.files("adapters/*/migrations/*.sql")
	spec := []string{"adapters/httpapi/openapi.yaml"}
	for _, other := range []struct {
		what  string
		files []string
		isIn  func(text []byte) bool
	}{
		{"a command " + f.Kebab, commands, hasCommand(f.Kebab)},
		{"a table " + f.Snakes, migrations, regexp.MustCompile(`(?i)\bCREATE TABLE (IF NOT EXISTS )?"?` + f.Snakes + `\b`).Match},
		{"/v1/" + f.Kebabs, spec, regexp.MustCompile(`(?m)^  /v1/` + f.Kebabs + `(:$|/)`).Match},
		{f.Pascal, spec, regexp.MustCompile(`(?m)^    ` + f.Pascal + `:$`).Match},
	} {
		for _, file := range other.files {
			text, err := s.read(file)
			if err != nil {
				return err
			}
			if other.isIn(text) {
				return fmt.Errorf("the name %q is taken: %s has %s; choose another name", f.Kebab, file, other.what)
			}
		}
	}
	return nil
}

// hasCommand returns a function that reports whether a Go file lists a command of this name on the topmost level.
func hasCommand(name string) func(text []byte) bool {
	command := regexp.MustCompile(`\b(Command|Group)\("` + name + `[ "]`)
	return func(text []byte) bool {
		file, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution) // the compiler reports an error
		return slices.ContainsFunc([]string{"Commands", "program.rootCommand"}, func(list string) bool {
			f := naming.Find(file, list)
			return f != nil && command.Match(text[f.Pos()-file.FileStart:f.End()-file.FileStart])
		})
	}
}

// checkDeclarations refuses a file that declares a name that its package has already.
func (p *plan) checkDeclarations(file string, text []byte) error {
	fset := token.NewFileSet()
	added, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, other := range p.service.files(path.Dir(file) + "/*.go") {
		existing, err := parser.ParseFile(fset, filepath.Join(p.service.root, other), nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("a file of its package can't be parsed: %w", err)
		}
		if existing.Name.Name != added.Name.Name {
			continue
		}
		for _, d := range naming.Declarations(added.Decls...) {
			if same := naming.Find(existing, d.Name); same != nil {
				return fmt.Errorf("the name %q is taken: %s is declared at %s:%d; choose another name",
					p.forms.Kebab, d.Name, other, fset.Position(same.Pos()).Line)
			}
		}
	}
	return nil
}
