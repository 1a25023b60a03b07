package usecase

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

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
		{f.Type, spec, regexp.MustCompile(`(?m)^    ` + f.Type + `:$`).Match},
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
					p.title(), d.Name, other, fset.Position(same.Pos()).Line)
			}
		}
	}
	return nil
}

// firstVerb returns the verb of the first command of a use case that an earlier run has made, or an error if the service does not have
// what a further command needs of it.
func (p *plan) firstVerb() (verb string, err error) {
	port, err := p.declaration("ports", p.forms.Types)
	for _, need := range [][2]string{{"domain", p.forms.Type + ".changed"}, {"application", "Service.change" + p.forms.Type}} {
		if err == nil {
			_, err = p.declaration(need[0], need[1])
		}
	}
	if err != nil {
		return "", err
	}
	if spec, ok := port.(*ast.TypeSpec); ok {
		if methods, ok := spec.Type.(*ast.InterfaceType); ok {
			for _, m := range methods.Methods.List {
				if len(m.Names) == 0 {
					continue
				}
				if verb, ok := strings.CutSuffix(m.Names[0].Name, p.forms.Type); ok && verb != "" {
					return strings.ToLower(verb), nil
				}
			}
		}
	}
	return "", fmt.Errorf("ports.%s has no method that ends in %s: a further command needs a first one", p.forms.Types, p.forms.Type)
}

// declaration returns the declaration of a name in a package.
func (p *plan) declaration(folder, name string) (ast.Node, error) {
	for _, file := range p.service.files(folder + "/*.go") {
		text, err := p.service.read(file)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if found := naming.Find(parsed, name); found != nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("the service has no use case %q to add a command to: %s declares no %s; make it with scaffold usecase %[1]s",
		p.forms.Kebab, folder, name)
}
